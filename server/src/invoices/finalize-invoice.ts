import { sql } from 'kysely';
import { stampBook } from '../ai-tokens/index.ts';
import { countRedemptionUses } from '../coupons/index.ts';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { postTransaction } from '../ledger/index.ts';
import type { InvoiceContext } from './context.ts';
import { changeCredit, creditOf } from './customer-credit.ts';
import { detailsOf } from './details.ts';
import { invoiceEntry } from './entry-lines.ts';
import { type Invoice, type InvoiceDetails, type InvoiceLine, invoiceColumns } from './invoice.ts';
import { priceInvoice } from './price-invoice.ts';
import { linesOf, lockInvoice } from './read-invoices.ts';
import { openSchedules } from './revenue-schedule.ts';

/** How long after it is finalized an invoice is due that nobody pays by card, in milliseconds. */
export const INVOICE_TERM_MS = 14 * 24 * 60 * 60 * 1000;

/**
 * Finalizes a draft: prices it for the last time, takes what the tenant has to its credit, and books it. One of nothing
 * to pay is paid; of any other the payment falls due now, unless the caller begins it itself (`payment` is `now`). It gets
 * its number in a second step. Fails with `not_found` or `invoice_not_draft`.
 */
export async function finalizeInvoice(
  tx: Tx,
  context: InvoiceContext,
  invoice_id: string,
  payment: 'due' | 'now' = 'due',
): Promise<Invoice> {
  const { tenant_id, now } = context;
  const draft = await lockInvoice(tx, tenant_id, invoice_id);
  if (draft.status !== 'draft')
    fail('invoice_not_draft', `The invoice is ${draft.status}: only a draft can be finalized.`);
  const { invoice: as_priced, priced } = await priceInvoice(tx, context, draft);
  const lines = (await linesOf(tx, tenant_id, [invoice_id])).get(invoice_id) ?? [];
  const stamp = await stampBook(tx, context);
  // Read under the book's lock, so that two invoices do not take the same credit.
  const invoice = withCredit(as_priced, await creditOf(tx, tenant_id));
  const finalized = await writeFinalized(tx, invoice, await detailsOf(tx, tenant_id, priced), now);
  await countRedemptionUses(
    tx,
    tenant_id,
    priced.discounts.map(({ redemption }) => redemption),
  );
  await changeCredit(tx, tenant_id, creditChange(finalized));
  await book(tx, context, finalized, lines, stamp);
  await openSchedules(tx, { ...context, now: stamp.at }, finalized, lines);
  if (finalized.status === 'finalized' && payment === 'due')
    await schedule(tx, { tenant_id, kind: 'invoice_payment', ref_id: invoice_id, next_due_at: now });
  return finalized;
}

function withCredit(invoice: Invoice, credit_cents: bigint): Invoice {
  const due = invoice.amount_due_cents;
  const credit_applied_cents = credit_cents < due ? credit_cents : due;
  return { ...invoice, credit_applied_cents, amount_due_cents: due - credit_applied_cents };
}

/** What an invoice does to a tenant's credit. */
function creditChange({ total_cents, credit_applied_cents }: Invoice): bigint {
  return (total_cents < 0n ? -total_cents : 0n) - credit_applied_cents;
}

async function writeFinalized(
  tx: Tx,
  invoice: Invoice,
  details: InvoiceDetails,
  now: Date,
): Promise<Invoice> {
  const is_paid = invoice.amount_due_cents === 0n;
  const written = await sql<Invoice>`
    update invoices set status = ${is_paid ? 'paid' : 'finalized'}, finalized_at = ${now},
      details = ${JSON.stringify(details)}::jsonb,
      credit_applied_cents = ${invoice.credit_applied_cents}, amount_due_cents = ${invoice.amount_due_cents},
      paid_at = ${is_paid ? now : null}, due_at = ${new Date(now.getTime() + INVOICE_TERM_MS)},
      next_payment_at = ${is_paid ? null : now}
    where tenant_id = ${invoice.tenant_id} and invoice_id = ${invoice.invoice_id} and status = 'draft'
    returning ${invoiceColumns}`.execute(tx);
  const finalized = written.rows[0];
  if (finalized === undefined) throw new Error(`invoice ${invoice.invoice_id} was not finalized`);
  return finalized;
}

async function book(
  tx: Tx,
  context: InvoiceContext,
  invoice: Invoice,
  lines: readonly InvoiceLine[],
  stamp: Awaited<ReturnType<typeof stampBook>>,
): Promise<void> {
  const { total_cents, currency, invoice_id } = invoice;
  await postTransaction(
    tx,
    context.tenant_id,
    {
      transaction_id: context.newId(context.now),
      type: 'invoice',
      amount_cents: total_cents < 0n ? -total_cents : total_cents,
      currency,
      invoice_id,
      created_at: stamp.at,
    },
    stamp,
    invoiceEntry(invoice, lines),
    context.newId,
  );
}
