import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import {
  type Invoice,
  type InvoiceLine,
  type InvoiceStatus,
  invoiceColumns,
  lineColumns,
} from './invoice.ts';

/** Which invoices to list, newest first: after a position, `from` included, `to` excluded. */
export interface InvoiceFilter {
  status?: InvoiceStatus | undefined;
  subscription_id?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  after?: { time: Date; id: string } | undefined;
  limit: number;
}

/** A page of a tenant's invoices. */
export async function listInvoices(tx: Tx, tenant_id: string, filter: InvoiceFilter): Promise<Invoice[]> {
  const { status = null, subscription_id = null, from = null, to = null, after } = filter;
  const page = await sql<Invoice>`
    select ${invoiceColumns} from invoices
    where tenant_id = ${tenant_id}
      and (${status}::text is null or status = ${status})
      and (${subscription_id}::uuid is null or subscription_id = ${subscription_id})
      and (${from}::timestamptz is null or created_at >= ${from})
      and (${to}::timestamptz is null or created_at < ${to})
      and (${after?.id ?? null}::uuid is null
        or (created_at, invoice_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, invoice_id desc limit ${filter.limit}`.execute(tx);
  return page.rows;
}

/** The lines of invoices, in their order. */
export async function linesOf(
  tx: Tx,
  tenant_id: string,
  invoice_ids: readonly string[],
): Promise<Map<string, InvoiceLine[]>> {
  const found = await sql<InvoiceLine>`
    select ${lineColumns} from invoice_lines
    where tenant_id = ${tenant_id} and invoice_id = any(${invoice_ids}::uuid[]) order by invoice_id, line_no`.execute(
    tx,
  );
  return Map.groupBy(found.rows, ({ invoice_id }) => invoice_id);
}

/** One invoice. Fails with `not_found`. */
export async function requireInvoice(tx: Tx, tenant_id: string, invoice_id: string): Promise<Invoice> {
  const found = await sql<Invoice>`
    select ${invoiceColumns} from invoices where tenant_id = ${tenant_id} and invoice_id = ${invoice_id}`.execute(
    tx,
  );
  return found.rows[0] ?? fail('not_found', 'No such invoice.');
}

/** One invoice, locked until the transaction ends. Fails with `not_found`. */
export async function lockInvoice(tx: Tx, tenant_id: string, invoice_id: string): Promise<Invoice> {
  const found = await sql<Invoice>`
    select ${invoiceColumns} from invoices
    where tenant_id = ${tenant_id} and invoice_id = ${invoice_id} for update`.execute(tx);
  return found.rows[0] ?? fail('not_found', 'No such invoice.');
}
