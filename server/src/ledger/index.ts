export {
  ACCOUNT_NAMES,
  type AccountName,
  assetOf,
  balanceOn,
  CHART,
  REVENUE_STREAMS,
  type RevenueStream,
  TOKEN_ASSET,
} from './chart.ts';
export {
  findTransaction,
  hasPendingReversal,
  listTransactions,
  lockPending,
  pendingTokens,
  reversedCents,
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
