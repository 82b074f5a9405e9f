import { sql } from 'kysely';
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
  const lines = creditLines(note, invoice, paid_for, await creditedBefore(tx, invoice), terms);
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

/** What came back of a line, tax included, and the tax in it. */
interface Credited {
  gross_cents: bigint;
  tax_cents: bigint;
}

/** What of the lines of a locked invoice came back by credit notes before, by the number of the line. */
async function creditedBefore(
  tx: Tx,
  { tenant_id, invoice_id }: Invoice,
): Promise<ReadonlyMap<number, Credited>> {
  const found = await sql<Credited & { line_no: number }>`
    select (l.explanation->>'line_no')::integer as line_no, -sum(l.amount_cents + l.tax_cents)::bigint as gross_cents,
      -sum(l.tax_cents)::bigint as tax_cents
    from invoices note join invoice_lines l on l.tenant_id = note.tenant_id and l.invoice_id = note.invoice_id
    where note.tenant_id = ${tenant_id} and note.corrects_invoice_id = ${invoice_id} and note.kind = 'credit_note'
    group by 1`.execute(tx);
  return new Map(found.rows.map((row) => [row.line_no, row]));
}

/**
 * The amount over what is left of what was paid for, by largest remainder; of each part the tax that was in it. Each keeps
 * the kind of the line that it corrects, so that it takes from the same stream of revenue, also what time takes. What comes
 * back in parts is, in the end, each line and its tax to the cent. Pure.
 */
export function creditLines(
  note: Pick<Invoice, 'invoice_id'>,
  invoice: Pick<Invoice, 'tax_behavior'>,
  lines: readonly InvoiceLine[],
  before: ReadonlyMap<number, Credited>,
  { transaction_id, amount_cents }: Pick<CreditTerms, 'transaction_id' | 'amount_cents'>,
): InvoiceLine[] {
  const grossOf = (line: InvoiceLine) => netOf(line, invoice.tax_behavior) + line.tax_cents;
  const charged = lines
    .filter((line) => grossOf(line) > 0n)
    .map((line) => {
      const { gross_cents, tax_cents } = before.get(line.line_no) ?? { gross_cents: 0n, tax_cents: 0n };
      return { line, gross_left: grossOf(line) - gross_cents, tax_left: line.tax_cents - tax_cents };
    })
    .filter(({ gross_left }) => gross_left > 0n);
  const parts = allocateByLargestRemainder(
    amount_cents,
    charged.map(({ gross_left }) => gross_left),
  );
  const credited = charged.flatMap(({ line, gross_left, tax_left }, index) => {
    const part = parts[index] ?? 0n;
    const tax_cents = halfEven(part * tax_left, gross_left);
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
