import type { Tx } from '../db/index.ts';
import type { DueItem } from '../due-work/index.ts';
import { findTransaction } from '../ledger/index.ts';
import { bookContext, type TokenServices } from './context.ts';
import { ageHold } from './end-hold.ts';
import { runIntent } from './intent.ts';
import { expireGrants } from './plan/expire.ts';
import { purchaseIntent } from './purchase-tokens.ts';
import { refundIntent } from './refund-purchase.ts';
import { lockBook, saveBook } from './store.ts';

/** What time does to this domain: the handlers of its kinds of due work, for the runner. */
export function tokenDueHandlers(services: TokenServices) {
  return [
    {
      kind: 'token_hold',
      run: (tx: Tx, item: DueItem) => ageHold(tx, bookContext(services, item.tenant_id), item),
    },
    {
      kind: 'token_grant_expiry',
      run: async (tx: Tx, item: DueItem): Promise<undefined> => {
        const context = bookContext(services, item.tenant_id);
        const book = await lockBook(tx, context);
        expireGrants(book, context.now);
        await saveBook(tx, context, book);
      },
    },
    {
      kind: 'payment_intent',
      // The provider is asked between two transactions, so this one brings its own.
      runOwn: async (item: DueItem): Promise<undefined> => {
        const { tenant_id, ref_id } = item;
        const transaction = await services.db.inTenant(tenant_id, (tx) =>
          findTransaction(tx, tenant_id, ref_id),
        );
        if (transaction?.status !== 'pending') return;
        if (transaction.type === 'refund')
          await settleQuietly(runIntent(services, refundIntent, tenant_id, ref_id));
        else await settleQuietly(runIntent(services, purchaseIntent, tenant_id, ref_id));
      },
    },
  ] as const;
}

/** A declined payment is an end too; only an unknown outcome is to be tried again. */
async function settleQuietly(run: Promise<unknown>): Promise<void> {
  try {
    await run;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'payment_declined')) throw error;
  }
}
