import { findTransaction } from '../ledger/index.ts';
import type { NewsHandler } from '../payments/index.ts';
import { type IntentKinds, type IntentServices, kindOf } from './kind.ts';
import { pursueIntent } from './run-intent.ts';

/** Asks the provider about an intent that it has news of. What is not pending any more, or not ours, is left alone. */
export function hearIntentNews(services: IntentServices, kinds: IntentKinds): NewsHandler {
  return async (news, provider) => {
    // A checkout that sells has the id of its transaction.
    const transaction_id = 'transaction_id' in news ? news.transaction_id : checkoutOf(news);
    if (transaction_id === undefined) return;
    const { tenant_id } = news;
    const found = await services.db.inTenant(tenant_id, (tx) =>
      findTransaction(tx, tenant_id, transaction_id),
    );
    if (found?.status !== 'pending' || found.provider !== provider) return;
    await pursueIntent(services, kindOf(kinds, found), tenant_id, transaction_id);
  };
}

function checkoutOf(news: Parameters<NewsHandler>[0]): string | undefined {
  return news.kind === 'checkout_completed' ? news.checkout_id : undefined;
}
