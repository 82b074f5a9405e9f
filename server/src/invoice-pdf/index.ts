export type {
  DocumentBrand,
  DocumentLine,
  DocumentParty,
  DocumentTax,
  InvoiceDocument,
} from './invoice-document.ts';
export { PageWords } from './page-words.ts';
export { partyOf } from './party-of.ts';
export { renderInvoicePdf } from './render-invoice-pdf.ts';
