export {
  type AdmitSpending,
  type BookContext,
  bookContext,
  type EntryContext,
  type TokenServices,
} from './context.ts';
export { loseDisputed, secureDisputed, winDisputed } from './dispute-purchase.ts';
export { tokenDueHandlers } from './due.ts';
export { releaseHold, settleHold } from './end-hold.ts';
export { type Feature, listFeatures, putFeature } from './features.ts';
export { giveGrant } from './give-grant.ts';
export { type HoldRow, listHolds, requireHold } from './hold-row.ts';
export { HOLD_TTL_SECONDS, holdTokens, placeHold } from './hold-tokens.ts';
export { LaneWriter } from './lanes/index.ts';
export { PlainWriter } from './plain-writer.ts';
export { beginPurchase, openPurchase, purchaseIntent, purchaseTokens, quote } from './purchase-tokens.ts';
export { readBalance } from './read-balance.ts';
export { HISTORY_DAYS_MAX, readBalanceHistory } from './read-balance-history.ts';
export { listUsage, summarizeUsage } from './read-usage.ts';
export { readReceipt } from './receipt.ts';
export { type RefundAnswer, refundAnswer, refundIntent, refundPurchase } from './refund-purchase.ts';
export { type InvoicedSale, sellInvoiced } from './sell-invoiced.ts';
export { stampBook } from './stamp-book.ts';
export { takeBackGrants, unusedOfGrants } from './take-back.ts';
export type { TokenWrite, TokenWriter } from './token-write.ts';
export { useTokens } from './use-tokens.ts';
