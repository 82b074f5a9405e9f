import type { DueItem, TransactionHandler } from '../due-work/index.ts';
import { findTransaction, reversedCents } from '../ledger/index.ts';
import { type DisputeServices, keepDispute } from './keep-dispute.ts';
import { lockDispute } from './store.ts';

/** How long the sandbox's bank thinks, in milliseconds. */
const DECIDED_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/** The bank of the sandbox: opens the dispute of a card that is made for it, and decides it a week later. */
export function sandboxDisputes(services: DisputeServices): TransactionHandler {
  return {
    kind: 'sandbox_dispute',
    run: async (tx, { tenant_id, ref_id: transaction_id }: DueItem, now) => {
      const payment = await findTransaction(tx, tenant_id, transaction_id);
      if (payment === undefined) return undefined;
      const external_id = `sandbox_dispute_${transaction_id}`;
      const open = await lockDispute(tx, tenant_id, 'sandbox', external_id);
      const decided = payment.payment_method === 'sandbox_card_dispute_won' ? 'won' : 'lost';
      const status = open === undefined ? 'needs_response' : decided;
      const { currency } = payment;
      // What was paid back is not disputed.
      const amount_cents =
        open?.amount_cents ?? payment.amount_cents - (await reversedCents(tx, payment, ['settled']));
      if (amount_cents === 0n) return undefined;
      const state = {
        external_id,
        transaction_id,
        amount_cents,
        currency,
        status,
        reason: 'fraudulent',
      } as const;
      await keepDispute(tx, services, tenant_id, 'sandbox', state);
      return open === undefined ? new Date(now.getTime() + DECIDED_AFTER_MS) : undefined;
    },
  };
}
