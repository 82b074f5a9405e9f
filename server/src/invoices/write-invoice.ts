import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { type Invoice, type InvoiceLine, invoiceColumns } from './invoice.ts';

/**
 * Writes an invoice as it is now with all of its lines and what they are about, in one statement: a new one, or a draft that
 * gets other prices, more lines or its end. What was billed before, on another invoice or here on another line, is an
 * Error of ours, and so is an invoice that was no draft.
 */
export async function writeInvoice(
  tx: Tx,
  invoice: Invoice,
  lines: readonly InvoiceLine[],
  now: Date,
): Promise<void> {
  const { tenant_id, invoice_id } = invoice;
  const keys = lines.map(({ source_key }) => source_key);
  const written = await sql<{ invoices: number; sources: number }>`
    with invoice as (
      insert into invoices (${invoiceColumns})
      select ${invoiceColumns} from jsonb_populate_record(null::invoices, ${asRecord(invoice)}::jsonb)
      on conflict (tenant_id, invoice_id) do update set status = excluded.status,
        subtotal_cents = excluded.subtotal_cents, discount_cents = excluded.discount_cents,
        tax_behavior = excluded.tax_behavior, tax_cents = excluded.tax_cents, total_cents = excluded.total_cents,
        credit_applied_cents = excluded.credit_applied_cents, amount_due_cents = excluded.amount_due_cents,
        details = excluded.details, finalized_at = excluded.finalized_at, due_at = excluded.due_at,
        paid_at = excluded.paid_at, next_payment_at = excluded.next_payment_at
      where invoices.status = 'draft' returning 1
    ), line as (
      insert into invoice_lines (tenant_id, invoice_id, line_no, kind, description, quantity, amount_cents,
        discount_cents, tax_rate_percent, tax_name, tax_cents, starts_at, ends_at, deferred, source_key, explanation)
      select ${tenant_id}::uuid, ${invoice_id}::uuid, line_no, kind, description, quantity, amount_cents,
        discount_cents, tax_rate_percent, tax_name, tax_cents, starts_at, ends_at, deferred, source_key, explanation
      from jsonb_to_recordset(${asRecord(lines)}::jsonb) as line (line_no integer, kind text, description text,
        quantity numeric, amount_cents bigint, discount_cents bigint, tax_rate_percent numeric, tax_name text,
        tax_cents bigint, starts_at timestamptz, ends_at timestamptz, deferred boolean, source_key text,
        explanation jsonb)
      on conflict (tenant_id, invoice_id, line_no) do update set discount_cents = excluded.discount_cents,
        tax_rate_percent = excluded.tax_rate_percent, tax_name = excluded.tax_name, tax_cents = excluded.tax_cents
      returning 1
    ), source as (
      insert into billed_sources (tenant_id, source_key, invoice_id, created_at)
      select ${tenant_id}::uuid, source_key, ${invoice_id}::uuid, ${now}::timestamptz
      from unnest(${keys}::text[]) as source_key
      on conflict do nothing returning 1
    )
    select (select count(*)::integer from invoice) as invoices, (select count(*)::integer from source)
      + (select count(*)::integer from billed_sources
         where tenant_id = ${tenant_id} and invoice_id = ${invoice_id} and source_key = any(${keys}::text[])) as sources`.execute(
    tx,
  );
  const { invoices = 0, sources = 0 } = written.rows[0] ?? {};
  if (invoices === 0) throw new Error(`invoice ${invoice_id} is no draft`);
  if (sources < lines.length) throw new Error(`billed twice: one of ${keys.join(', ')}`);
}

/** As JSON that SQL reads exactly: a bigint as text. */
function asRecord(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part));
}
