import { stampBook } from '../ai-tokens/index.ts';
import { countRedemptionUses } from '../coupons/index.ts';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { type NewEmail, queueEmail } from '../email/index.ts';
import { fail } from '../errors/index.ts';
import { type EntryStamp, postTransaction } from '../ledger/index.ts';
import type { InvoiceContext } from './context.ts';
import { changeCredit, creditOf } from './customer-credit.ts';
import { detailsOf } from './details.ts';
import { blankInvoice, linesBehind, type NewInvoice } from './draft-invoice.ts';
import { invoiceEntry } from './entry-lines.ts';
import type { DraftLine, Invoice, InvoiceDetails, InvoiceLine } from './invoice.ts';
import { asPriced, linesAsPriced, priceLines } from './price-invoice.ts';
import { linesOf, lockInvoice } from './read-invoices.ts';
import { openSchedules } from './revenue-schedule.ts';
import { writeInvoice } from './write-invoice.ts';

/** How long after it is finalized an invoice is due that nobody pays by card, in milliseconds. */
export const INVOICE_TERM_MS = 14 * 24 * 60 * 60 * 1000;

/** Whether the payment of an invoice falls due by itself, or the caller begins it. */
type Payment = 'due' | 'now';

/**
 * Finalizes a draft: prices it for the last time, takes what the tenant has to its credit, and books it. One of nothing
 * to pay is paid; of any other the payment falls due now, unless the caller begins it itself (`payment` is `now`). It gets
 * its number in a second step. Fails with `not_found` or `invoice_not_draft`.
 */
export async function finalizeInvoice(
  tx: Tx,
  context: InvoiceContext,
  invoice_id: string,
  payment: Payment = 'due',
): Promise<Invoice> {
  const draft = await lockInvoice(tx, context.tenant_id, invoice_id);
  if (draft.status !== 'draft')
    fail('invoice_not_draft', `The invoice is ${draft.status}: only a draft can be finalized.`);
  return await finalizeDraft(tx, context, draft, [], payment);
}

/** The same for a draft that the caller has locked, with more lines behind those that it has. */
export async function finalizeDraft(
  tx: Tx,
  context: InvoiceContext,
  draft: Invoice,
  more: readonly DraftLine[],
  payment: Payment = 'due',
): Promise<Invoice> {
  const present = (await linesOf(tx, context.tenant_id, [draft.invoice_id])).get(draft.invoice_id) ?? [];
  return await finalize(tx, context, draft, linesBehind(draft, present, more), payment);
}

/** Makes an invoice that is finalized from the start, and never was a draft. */
export async function issueInvoice(
  tx: Tx,
  context: InvoiceContext,
  terms: NewInvoice,
  payment: Payment = 'due',
): Promise<Invoice> {
  const blank = blankInvoice(context, terms);
  return await finalize(tx, context, blank, linesBehind(blank, [], terms.lines), payment);
}

async function finalize(
  tx: Tx,
  context: InvoiceContext,
  draft: Invoice,
  unpriced: readonly InvoiceLine[],
  payment: Payment,
): Promise<Invoice> {
  const { tenant_id, now } = context;
  // First of all, so that two invoices do not take the same credit or the same coupon.
  const stamp = await stampBook(tx, context);
  const priced = await priceLines(tx, context, draft, unpriced);
  const lines = linesAsPriced(unpriced, priced);
  const with_credit = withCredit(asPriced(draft, priced), await creditOf(tx, tenant_id));
  const invoice = asFinalized(with_credit, await detailsOf(tx, tenant_id, priced), now);
  await writeInvoice(tx, invoice, lines, now);
  await countRedemptionUses(
    tx,
    tenant_id,
    priced.discounts.map(({ redemption }) => redemption),
  );
  await changeCredit(tx, tenant_id, creditChange(invoice));
  await book(tx, context, invoice, lines, stamp);
  await openSchedules(tx, { ...context, now: stamp.at }, invoice, lines);
  if (invoice.status === 'finalized' && payment === 'due')
    await schedule(tx, { tenant_id, kind: 'invoice_payment', ref_id: invoice.invoice_id, next_due_at: now });
  if (isTold(invoice, payment)) await queueEmail(tx, context, issued(invoice));
  return invoice;
}

/**
 * Whether an e-mail tells of it: of what is owed, or credit has paid. What is paid on the spot is told with the receipt,
 * because where that payment is declined the invoice was never owed. An address is known here, so that nobody without
 * one costs a statement.
 */
function isTold({ status, total_cents, details }: Invoice, payment: Payment): boolean {
  return total_cents > 0n && details?.buyer.email != null && (payment === 'due' || status === 'paid');
}

function issued(invoice: Invoice): NewEmail {
  const { invoice_id, currency, total_cents, credit_applied_cents, amount_due_cents, due_at } = invoice;
  return {
    kind: 'invoice_issued',
    source_key: `invoice_issued:${invoice_id}`,
    invoice_id,
    facts: {
      total: { cents: total_cents, currency },
      credit_applied: { cents: credit_applied_cents, currency },
      due: { cents: amount_due_cents, currency },
      due_on: due_at ?? invoice.created_at,
    },
  };
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

function asFinalized(invoice: Invoice, details: InvoiceDetails, now: Date): Invoice {
  const is_paid = invoice.amount_due_cents === 0n;
  return {
    ...invoice,
    status: is_paid ? 'paid' : 'finalized',
    details,
    finalized_at: now,
    due_at: new Date(now.getTime() + INVOICE_TERM_MS),
    paid_at: is_paid ? now : null,
    next_payment_at: is_paid ? null : now,
  };
}

async function book(
  tx: Tx,
  context: InvoiceContext,
  invoice: Invoice,
  lines: readonly InvoiceLine[],
  stamp: EntryStamp,
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
