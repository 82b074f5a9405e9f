import { sql } from 'kysely';
import { type BookContext, stampBook } from '../ai-tokens/index.ts';
import { uncountRedemptionUses } from '../coupons/index.ts';
import type { Tx } from '../db/index.ts';
import { unschedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import type { Line } from '../ledger/index.ts';
import { type EntryStamp, postTransaction, type TransactionType } from '../ledger/index.ts';
import { changeCredit } from './customer-credit.ts';
import { invoiceEntry, moneyLine } from './entry-lines.ts';
import { type Invoice, invoiceColumns, STREAM_OF } from './invoice.ts';
import { linesOf, lockInvoice } from './read-invoices.ts';

/**
 * Takes an invoice back as if it had never been owed: its entry is reversed, credit it took is given back, what time has
 * earned of it is unearned, and its sources can be billed again. A draft is just dropped. Fails with `not_found`, or
 * `invoice_not_voidable` for one that is paid, given up or void.
 */
export async function voidInvoice(tx: Tx, context: BookContext, invoice_id: string): Promise<Invoice> {
  const invoice = await lockInvoice(tx, context.tenant_id, invoice_id);
  if (invoice.status !== 'draft' && invoice.status !== 'finalized')
    fail(
      'invoice_not_voidable',
      `The invoice is ${invoice.status}: only a draft or an unpaid one can be voided.`,
    );
  await refuseWhilePaying(tx, invoice);
  return await takeBack(tx, context, invoice);
}

/** The same for a locked invoice whose payment has just been declined. */
export async function takeBack(tx: Tx, context: BookContext, invoice: Invoice): Promise<Invoice> {
  const { tenant_id, invoice_id } = invoice;
  if (invoice.status === 'finalized') await reverse(tx, context, invoice);
  const used = invoice.details?.discounts ?? [];
  await uncountRedemptionUses(
    tx,
    tenant_id,
    used.map(({ coupon_redemption_id }) => coupon_redemption_id),
  );
  await sql`delete from billed_sources where tenant_id = ${tenant_id} and invoice_id = ${invoice_id}`.execute(
    tx,
  );
  return await end(tx, context, invoice, 'void');
}

/** Gives up what is owed. Fails with `not_found`, or `invoice_not_payable` for one that is not owed. */
export async function writeOffInvoice(tx: Tx, context: BookContext, invoice_id: string): Promise<Invoice> {
  const invoice = await lockInvoice(tx, context.tenant_id, invoice_id);
  if (invoice.status !== 'finalized')
    fail('invoice_not_payable', `The invoice is ${invoice.status}: only what is owed can be given up.`);
  await refuseWhilePaying(tx, invoice);
  const stamp = await stampBook(tx, context);
  const lines = moneyLine('written_off', 'receivable', invoice.currency, invoice.amount_due_cents);
  await post(tx, context, stamp, 'write_off', invoice, lines);
  return await end(tx, context, invoice, 'uncollectible');
}

async function refuseWhilePaying(tx: Tx, { tenant_id, invoice_id }: Invoice): Promise<void> {
  const pending = await sql`
    select 1 from billing_transactions
    where tenant_id = ${tenant_id} and invoice_id = ${invoice_id} and type = 'invoice_payment' and status = 'pending'`.execute(
    tx,
  );
  if (pending.rows.length > 0)
    fail('invoice_being_paid', 'A payment of the invoice is under way; wait for how it ends.');
}

async function reverse(tx: Tx, context: BookContext, invoice: Invoice): Promise<void> {
  const { tenant_id } = context;
  const { invoice_id, currency, total_cents, credit_applied_cents } = invoice;
  const lines = (await linesOf(tx, tenant_id, [invoice_id])).get(invoice_id) ?? [];
  const stamp = await stampBook(tx, context);
  const reversed = invoiceEntry(invoice, lines).map(({ debit_account, credit_account, ...line }) => ({
    ...line,
    debit_account: credit_account,
    credit_account: debit_account,
  }));
  const earned = await dropSchedules(tx, invoice);
  await post(tx, context, stamp, 'invoice_void', invoice, [
    ...lines.flatMap(({ line_no, kind }) =>
      moneyLine('recognised_revenue', 'deferred_fees', currency, earned.get(line_no) ?? 0n, STREAM_OF[kind]),
    ),
    ...reversed,
  ]);
  await changeCredit(tx, tenant_id, credit_applied_cents - (total_cents < 0n ? -total_cents : 0n));
}

/** Ends what time would earn of an invoice, and answers what it had, line by line. */
async function dropSchedules(tx: Tx, { tenant_id, invoice_id }: Invoice): Promise<Map<number, bigint>> {
  const dropped = await sql<{ line_no: number; recognised_cents: bigint }>`
    delete from revenue_schedules where tenant_id = ${tenant_id} and invoice_id = ${invoice_id}
    returning line_no, recognised_cents`.execute(tx);
  return new Map(dropped.rows.map(({ line_no, recognised_cents }) => [line_no, recognised_cents]));
}

async function post(
  tx: Tx,
  context: BookContext,
  stamp: EntryStamp,
  type: TransactionType,
  { invoice_id, currency, total_cents, amount_due_cents }: Invoice,
  lines: Line[],
): Promise<void> {
  const magnitude = total_cents < 0n ? -total_cents : total_cents;
  const row = {
    transaction_id: context.newId(context.now),
    type,
    amount_cents: type === 'write_off' ? amount_due_cents : magnitude,
    currency,
    invoice_id,
    created_at: stamp.at,
  };
  await postTransaction(tx, context.tenant_id, row, stamp, lines, context.newId);
}

async function end(
  tx: Tx,
  { tenant_id, now }: BookContext,
  { invoice_id }: Invoice,
  status: 'void' | 'uncollectible',
): Promise<Invoice> {
  const ended = await sql<Invoice>`
    update invoices set status = ${status}, ended_at = ${now}, next_payment_at = null,
      finalized_at = coalesce(finalized_at, ${now})
    where tenant_id = ${tenant_id} and invoice_id = ${invoice_id} returning ${invoiceColumns}`.execute(tx);
  await unschedule(tx, tenant_id, 'invoice_payment', invoice_id);
  const invoice = ended.rows[0];
  if (invoice === undefined) throw new Error(`invoice ${invoice_id} was not ended`);
  return invoice;
}
