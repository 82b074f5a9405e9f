export type { InvoiceContext } from './context.ts';
export { changeCredit, creditOf } from './customer-credit.ts';
export { addLines, draftInvoice, type NewInvoice } from './draft-invoice.ts';
export { drawInvoice } from './draw-invoice.ts';
export { takeBack, voidInvoice, writeOffInvoice } from './end-invoice.ts';
export { invoiceEntry, moneyLine } from './entry-lines.ts';
export { finalizeInvoice } from './finalize-invoice.ts';
export {
  type DraftLine,
  INVOICE_REASONS,
  INVOICE_STATUSES,
  type Invoice,
  type InvoiceLine,
  invoiceColumns,
  LINE_KINDS,
  lineColumns,
  netOf,
} from './invoice.ts';
export { invoiceNumbering, numberInvoices } from './number-invoices.ts';
export {
  beginPayment,
  invoicePaymentIntent,
  type PaymentHooks,
  recordInvoicePayment,
} from './pay-invoice.ts';
export { priceLines } from './price-invoice.ts';
export { linesOf, listInvoices, lockInvoice, requireInvoice } from './read-invoices.ts';
export { recogniseRevenue } from './revenue-schedule.ts';
export { apiCallsLine, featureLine, type UsagePriceDefaults, usageLines } from './usage-lines.ts';
