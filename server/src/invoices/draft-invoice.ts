import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { toJson } from '../json/index.ts';
import type { InvoiceContext } from './context.ts';
import { type DraftLine, type Invoice, type InvoiceReason, invoiceColumns } from './invoice.ts';
import { priceInvoice } from './price-invoice.ts';

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
export async function draftInvoice(tx: Tx, context: InvoiceContext, invoice: NewInvoice): Promise<Invoice> {
  const { tenant_id, now } = context;
  const invoice_id = context.newId(now);
  const made = await sql<Invoice>`
    insert into invoices (tenant_id, invoice_id, seller_id, kind, reason, status, subscription_id, period_id, currency,
      period_start, period_end, created_at)
    values (${tenant_id}, ${invoice_id}, ${invoice.seller_id}, 'invoice', ${invoice.reason}, 'draft',
      ${invoice.subscription_id}, ${invoice.period_id}, ${invoice.currency}, ${invoice.period_start},
      ${invoice.period_end}, ${now})
    returning ${invoiceColumns}`.execute(tx);
  const draft = made.rows[0];
  if (draft === undefined) throw new Error('a draft was not made');
  return await addLines(tx, context, draft, invoice.lines);
}

/** Puts lines behind those that a draft has, and prices it anew. */
export async function addLines(
  tx: Tx,
  context: InvoiceContext,
  draft: Invoice,
  lines: readonly DraftLine[],
): Promise<Invoice> {
  if (lines.length > 0) {
    await claimSources(tx, context, draft.invoice_id, lines);
    await insertLines(tx, context.tenant_id, draft.invoice_id, lines);
  }
  return (await priceInvoice(tx, context, draft)).invoice;
}

async function claimSources(
  tx: Tx,
  { tenant_id, now }: InvoiceContext,
  invoice_id: string,
  lines: readonly DraftLine[],
): Promise<void> {
  const keys = lines.map(({ source_key }) => source_key);
  const claimed = await sql`
    insert into billed_sources (tenant_id, source_key, invoice_id, created_at)
    select ${tenant_id}::uuid, source_key, ${invoice_id}::uuid, ${now}::timestamptz from unnest(${keys}::text[]) as source_key
    on conflict do nothing returning 1`.execute(tx);
  if (claimed.rows.length < lines.length) throw new Error(`billed twice: one of ${keys.join(', ')}`);
}

async function insertLines(
  tx: Tx,
  tenant_id: string,
  invoice_id: string,
  lines: readonly DraftLine[],
): Promise<void> {
  await sql`
    insert into invoice_lines (tenant_id, invoice_id, line_no, kind, description, quantity, amount_cents, starts_at,
      ends_at, deferred, source_key, explanation)
    select ${tenant_id}::uuid, ${invoice_id}::uuid, present.lines + no, kind, description, quantity, amount_cents, starts_at,
      ends_at, deferred, source_key, explanation
    from (select coalesce(max(line_no), 0) as lines from invoice_lines
        where tenant_id = ${tenant_id} and invoice_id = ${invoice_id}) as present,
      rows from (jsonb_to_recordset(${JSON.stringify(lines.map(toJson))}::jsonb) as (kind text, description text,
        quantity numeric, amount_cents bigint, starts_at timestamptz, ends_at timestamptz, deferred boolean,
        source_key text, explanation jsonb)) with ordinality as line (kind, description, quantity, amount_cents, starts_at,
        ends_at, deferred, source_key, explanation, no)
    returning 1`.execute(tx);
}
