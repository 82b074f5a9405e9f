export type { InvoiceContext } from './context.ts';
export { creditOf } from './customer-credit.ts';
export { noteDispute, reversePayment } from './dispute-invoice.ts';
export { draftInvoice, type NewInvoice } from './draft-invoice.ts';
export { drawInvoice } from './draw-invoice.ts';
export { takeBack, voidInvoice, writeOffInvoice } from './end-invoice.ts';
export { invoiceEntry } from './entry-lines.ts';
export { hearFailedRefunds } from './failed-refund.ts';
export { featureLines } from './feature-lines.ts';
export { finalizeDraft, finalizeInvoice, issueInvoice } from './finalize-invoice.ts';
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
  owedOf,
} from './invoice.ts';
export { invoicePages } from './invoice-pages.ts';
export { invoiceNumbering, numberInvoices } from './number-invoices.ts';
export {
  beginPayment,
  invoicePaymentIntent,
  type PaymentHooks,
  recordInvoicePayment,
} from './pay-invoice.ts';
export { priceLines } from './price-invoice.ts';
export { linesOf, listInvoices, lockInvoice, requireInvoice } from './read-invoices.ts';
export {
  type InvoiceRefundRequest,
  invoiceRefundIntent,
  type RefundHook,
  refundInvoicePayment,
} from './refund-invoice.ts';
export { recogniseRevenue } from './revenue-schedule.ts';
export { type UsagePriceDefaults, usageLines } from './usage-lines.ts';
