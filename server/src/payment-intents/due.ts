import type { OwnHandler } from '../due-work/index.ts';
import { findTransaction } from '../ledger/index.ts';
import { type IntentKinds, type IntentServices, kindOf } from './kind.ts';
import { pursueIntent } from './run-intent.ts';

/**
 * Ends intents that nobody else has ended: asks the provider again under the same id. A declined payment is an end
 * too; an unknown outcome fails, and is tried again.
 */
export function intentDueHandler(services: IntentServices, kinds: IntentKinds): OwnHandler {
  return {
    kind: 'payment_intent',
    // The provider is asked between two transactions, so this one brings its own.
    runOwn: async ({ tenant_id, ref_id }): Promise<undefined> => {
      const transaction = await services.db.inTenant(tenant_id, (tx) =>
        findTransaction(tx, tenant_id, ref_id),
      );
      if (transaction?.status !== 'pending') return;
      await pursueIntent(services, kindOf(kinds, transaction), tenant_id, ref_id);
    },
  };
}
