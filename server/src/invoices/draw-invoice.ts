import type { Database } from '../db/index.ts';
import { type InvoiceDocument, renderInvoicePdf } from '../invoice-pdf/index.ts';
import type { InvoiceContext } from './context.ts';
import { detailsOf } from './details.ts';
import { invoiceDocument } from './invoice-document.ts';
import { priceLines } from './price-invoice.ts';
import { linesOf, requireInvoice } from './read-invoices.ts';

/**
 * An invoice as PDF, under the name of its seller. It is drawn after the transaction that reads it. Fails with
 * `not_found`.
 */
export async function drawInvoice(
  db: Pick<Database, 'inTenant'>,
  context: InvoiceContext,
  invoice_id: string,
): Promise<Uint8Array> {
  return await renderInvoicePdf(await readDocument(db, context, invoice_id));
}

function readDocument(
  db: Pick<Database, 'inTenant'>,
  context: InvoiceContext,
  invoice_id: string,
): Promise<InvoiceDocument> {
  const { tenant_id } = context;
  return db.inTenant(tenant_id, async (tx) => {
    const invoice = await requireInvoice(tx, tenant_id, invoice_id);
    const lines = (await linesOf(tx, tenant_id, [invoice_id])).get(invoice_id) ?? [];
    const details =
      invoice.details ?? (await detailsOf(tx, tenant_id, await priceLines(tx, context, invoice, lines)));
    const corrected = invoice.corrects_invoice_id;
    const corrects_number =
      corrected === null ? null : (await requireInvoice(tx, tenant_id, corrected)).number;
    return invoiceDocument(invoice, lines, details, corrects_number);
  });
}
