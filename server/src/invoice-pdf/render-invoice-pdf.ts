import type { InvoiceDocument } from './invoice-document.ts';

/**
 * An invoice or a credit note as a PDF of A4 pages: the same bytes for the same document, whenever and wherever it is
 * made. Throws a RangeError for a colour, currency or time zone that is none.
 */
export async function renderInvoicePdf(document: InvoiceDocument): Promise<Uint8Array> {
  // What draws takes 20 MB and a tenth of a second to load, which a server without invoices never needs.
  const { drawPdf } = await import('./draw/draw-pdf.ts');
  return drawPdf(document);
}
