import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { DisputeStatus } from '../payments/index.ts';
import { type Invoice, invoiceColumns } from './invoice.ts';

/** Says on a locked invoice how the dispute of its payment stands. */
export async function noteDispute(
  tx: Tx,
  { tenant_id, invoice_id }: Invoice,
  dispute_status: DisputeStatus,
): Promise<void> {
  await sql`
    update invoices set dispute_status = ${dispute_status}
    where tenant_id = ${tenant_id} and invoice_id = ${invoice_id}`.execute(tx);
}

/**
 * Takes from a locked invoice what was lost of its payment. It is owed again and given up, as the caller books it, and a
 * payment that comes later is taken; nobody is charged by itself who has disputed a charge.
 */
export async function reversePayment(
  tx: Tx,
  { tenant_id, invoice_id }: Invoice,
  lost_cents: bigint,
  now: Date,
): Promise<Invoice> {
  const reversed = await sql<Invoice>`
    update invoices set status = 'uncollectible', paid_at = null, ended_at = ${now},
      amount_paid_cents = amount_paid_cents - ${lost_cents}::bigint,
      last_payment_error = 'the payment was disputed, and lost'
    where tenant_id = ${tenant_id} and invoice_id = ${invoice_id} returning ${invoiceColumns}`.execute(tx);
  const invoice = reversed.rows[0];
  if (invoice === undefined) throw new Error(`invoice ${invoice_id} is not there`);
  return invoice;
}
