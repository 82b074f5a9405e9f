import type { Tx } from '../db/index.ts';
import { type EntryStamp, postTransaction } from '../ledger/index.ts';
import { allocateByLargestRemainder, halfEven } from '../money/index.ts';
import type { InvoiceContext } from './context.ts';
import { blankInvoice, linesBehind } from './draft-invoice.ts';
import { invoiceEntry } from './entry-lines.ts';
import { type Invoice, type InvoiceLine, netOf } from './invoice.ts';
import { linesOf } from './read-invoices.ts';
import { openSchedules } from './revenue-schedule.ts';
import { writeInvoice } from './write-invoice.ts';

/** What a credit note says: how much of which invoice comes back, by which transaction, and why. */
export interface CreditTerms {
  invoice: Invoice;
  transaction_id: string;
  amount_cents: bigint;
  reason: string;
}

/**
 * Writes and books the credit note of a refund, under the lock of the invoice and at the stamp of its entry: each line that
 * was paid for comes back in proportion, with its tax. What is booked becomes customer credit, which the refund pays out.
 */
export async function issueCreditNote(
  tx: Tx,
  context: InvoiceContext,
  stamp: EntryStamp,
  terms: CreditTerms,
): Promise<Invoice> {
  const { invoice, amount_cents } = terms;
  const { tenant_id, invoice_id } = invoice;
  const paid_for = (await linesOf(tx, tenant_id, [invoice_id])).get(invoice_id) ?? [];
  const note = creditNote(context, terms);
  const lines = creditLines(note, invoice, paid_for, terms);
  const sum = (pick: (line: InvoiceLine) => bigint) => lines.reduce((total, line) => total + pick(line), 0n);
  const written: Invoice = {
    ...note,
    subtotal_cents: sum((line) => line.amount_cents),
    tax_cents: sum((line) => line.tax_cents),
    total_cents: -amount_cents,
  };
  await writeInvoice(tx, written, lines, context.now);
  const transaction_id = context.newId(context.now);
  const { currency } = written;
  const entry = { transaction_id, type: 'invoice', amount_cents, currency, created_at: stamp.at } as const;
  const row = { ...entry, invoice_id: written.invoice_id };
  await postTransaction(tx, tenant_id, row, stamp, invoiceEntry(written, lines), context.newId);
  await openSchedules(tx, context, written, lines);
  return written;
}

function creditNote(context: InvoiceContext, { invoice, reason }: CreditTerms): Invoice {
  const { seller_id, currency, subscription_id, period_start, period_end, details, invoice_id } = invoice;
  const terms = { reason: 'refund', seller_id, currency, subscription_id, period_start, period_end } as const;
  return {
    ...blankInvoice(context, { ...terms, period_id: null, lines: [] }),
    kind: 'credit_note',
    status: 'paid',
    corrects_invoice_id: invoice_id,
    details: details === null ? null : { ...details, notes: [reason], discounts: [] },
    finalized_at: context.now,
    paid_at: context.now,
  };
}

/**
 * The amount over what was paid for, by largest remainder; of each part the tax that was in it. Each keeps the kind of the
 * line that it corrects, so that it takes from the same stream of revenue, also what time takes. Pure.
 */
export function creditLines(
  note: Pick<Invoice, 'invoice_id'>,
  invoice: Pick<Invoice, 'tax_behavior'>,
  lines: readonly InvoiceLine[],
  { transaction_id, amount_cents }: Pick<CreditTerms, 'transaction_id' | 'amount_cents'>,
): InvoiceLine[] {
  const grossOf = (line: InvoiceLine) => netOf(line, invoice.tax_behavior) + line.tax_cents;
  const charged = lines.filter((line) => grossOf(line) > 0n);
  const parts = allocateByLargestRemainder(amount_cents, charged.map(grossOf));
  const credited = charged.flatMap((line, index) => {
    const part = parts[index] ?? 0n;
    const tax_cents = halfEven(part * line.tax_cents, grossOf(line));
    return part === 0n ? [] : [{ line, net_cents: part - tax_cents, tax_cents }];
  });
  const drafts = credited.map(({ line, net_cents }) => ({
    ...line,
    amount_cents: -net_cents,
    // Tokens that were owed are sold by now, so what comes back of them was earned.
    deferred: line.deferred && line.kind !== 'token_shortfall',
    source_key: `refund:${transaction_id}:${line.line_no}`,
    explanation: { line_no: line.line_no, paid_cents: Number(grossOf(line)) },
  }));
  return linesBehind(note, [], drafts).map((line, index) => ({
    ...line,
    tax_rate_percent: credited[index]?.line.tax_rate_percent ?? '0',
    tax_name: credited[index]?.line.tax_name ?? null,
    tax_cents: -(credited[index]?.tax_cents ?? 0n),
  }));
}
