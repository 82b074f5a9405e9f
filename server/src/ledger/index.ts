export { ACCOUNT_NAMES, type AccountName, assetOf, CHART, TOKEN_ASSET } from './chart.ts';
export {
  findTransaction,
  hasPendingPurchase,
  hasPendingReversal,
  listTransactions,
  lockPending,
  type PurchaseSums,
  pendingTokens,
  reversedCents,
  sumPurchases,
  type TransactionFilter,
} from './read-transactions.ts';
export {
  type AccountBalance,
  type AccountingIdentity,
  accountBalances,
  accountingIdentity,
  accountStatement,
  type StatementLine,
  type StatementRange,
} from './statements.ts';
export {
  type EntryStamp,
  failTransaction,
  insertPendingTransaction,
  type Line,
  type NewTransaction,
  noteProgress,
  openAccounts,
  postTransaction,
  settleTransaction,
  TRANSACTION_TYPES,
  type Transaction,
  type TransactionStatus,
  type TransactionType,
} from './transactions.ts';
