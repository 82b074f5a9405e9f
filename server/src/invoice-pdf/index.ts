export type {
  DocumentBrand,
  DocumentLine,
  DocumentParty,
  DocumentTax,
  InvoiceDocument,
} from './invoice-document.ts';
export { renderInvoicePdf } from './render-invoice-pdf.ts';
