import type { Tx } from '../db/index.ts';
import type { InvoiceContext } from './context.ts';
import type { DraftLine, Invoice, InvoiceLine, InvoiceReason } from './invoice.ts';
import { asPriced, linesAsPriced, priceLines } from './price-invoice.ts';
import { writeInvoice } from './write-invoice.ts';

/** An invoice to make. */
export interface NewInvoice {
  reason: InvoiceReason;
  seller_id: string;
  currency: string;
  subscription_id: string | null;
  period_id: string | null;
  period_start: Date;
  period_end: Date;
  lines: readonly DraftLine[];
}

/** Makes a draft with its lines. What was billed before is not billed again: such a line is an Error of ours. */
export async function draftInvoice(tx: Tx, context: InvoiceContext, terms: NewInvoice): Promise<Invoice> {
  const blank = blankInvoice(context, terms);
  const lines = linesBehind(blank, [], terms.lines);
  const priced = await priceLines(tx, context, blank, lines);
  const draft = asPriced(blank, priced);
  await writeInvoice(tx, draft, linesAsPriced(lines, priced), context.now);
  return draft;
}

/** A draft without lines, which is written nowhere yet. */
export function blankInvoice(
  { tenant_id, now, newId }: Pick<InvoiceContext, 'tenant_id' | 'now' | 'newId'>,
  { lines: _lines, ...terms }: NewInvoice,
): Invoice {
  return {
    tenant_id,
    invoice_id: newId(now),
    kind: 'invoice',
    status: 'draft',
    number: null,
    ...terms,
    subtotal_cents: 0n,
    discount_cents: 0n,
    tax_behavior: 'exclusive',
    tax_cents: 0n,
    total_cents: 0n,
    credit_applied_cents: 0n,
    amount_due_cents: 0n,
    amount_paid_cents: 0n,
    amount_refunded_cents: 0n,
    details: null,
    corrects_invoice_id: null,
    payment_attempts: 0,
    next_payment_at: null,
    last_payment_error: null,
    dispute_status: null,
    created_at: now,
    finalized_at: null,
    due_at: null,
    paid_at: null,
    ended_at: null,
  };
}

/** The lines of an invoice with more behind them, which have no price yet. */
export function linesBehind(
  { invoice_id }: Pick<Invoice, 'invoice_id'>,
  present: readonly InvoiceLine[],
  more: readonly DraftLine[],
): InvoiceLine[] {
  const last = present.at(-1)?.line_no ?? 0;
  const added = more.map((line, index) => ({
    ...line,
    invoice_id,
    line_no: last + index + 1,
    discount_cents: 0n,
    tax_rate_percent: '0',
    tax_name: null,
    tax_cents: 0n,
  }));
  return [...present, ...added];
}
