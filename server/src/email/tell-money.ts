import type { Tx } from '../db/index.ts';
import { type EmailContext, queueEmail } from './queue-email.ts';

/** A payment or refund that has settled. */
interface Settled {
  transaction_id: string;
  amount_cents: bigint;
  currency: string;
}

/** Tells of a payment: of tokens, or of an invoice, whose page goes along. */
export async function tellPaid(
  tx: Tx,
  context: EmailContext,
  { transaction_id, amount_cents: cents, currency }: Settled,
  paid: { tokens: bigint } | { invoice_id: string },
): Promise<void> {
  await queueEmail(tx, context, {
    kind: 'payment_received',
    source_key: `payment_received:${transaction_id}`,
    invoice_id: 'tokens' in paid ? undefined : paid.invoice_id,
    facts: {
      amount: { cents, currency },
      paid_on: context.now,
      tokens: 'tokens' in paid ? paid.tokens : null,
    },
  });
}

/** Tells of a refund; where there is a credit note, its page goes along. */
export async function tellRefunded(
  tx: Tx,
  context: EmailContext,
  { transaction_id, amount_cents: cents, currency }: Settled,
  reason: string,
  credit_note_id?: string,
): Promise<void> {
  await queueEmail(tx, context, {
    kind: 'refund_issued',
    source_key: `refund_issued:${transaction_id}`,
    invoice_id: credit_note_id,
    facts: { amount: { cents, currency }, reason },
  });
}
