/** The asset that counts AI tokens; every other asset is an ISO 4217 currency in its minor unit. */
export const TOKEN_ASSET = 'AI_TOKEN';

/**
 * The chart of accounts: the side on which each account grows, the asset it holds, and what it says.
 * One definition; balances, statements and the accounting identity follow from it.
 */
export const CHART = {
  cash: { side: 'debit', holds: 'money', title: 'Received from customers, less what was paid back' },
  receivable: { side: 'debit', holds: 'money', title: 'Invoiced and not yet paid' },
  written_off: { side: 'debit', holds: 'money', title: 'Given up: it will not be paid, or was taken back' },
  deferred_revenue: { side: 'credit', holds: 'money', title: 'Paid for tokens that are still to be used' },
  deferred_fees: { side: 'credit', holds: 'money', title: 'Invoiced for time that is still to come' },
  recognised_revenue: { side: 'credit', holds: 'money', title: 'Earned by use, and by time' },
  breakage_revenue: {
    side: 'credit',
    holds: 'money',
    title: 'Earned because tokens expired or were forgone',
  },
  tax_payable: { side: 'credit', holds: 'money', title: 'Collected for tax offices' },
  customer_credit: { side: 'credit', holds: 'money', title: 'Owed to the customer, for its next invoices' },
  tokens_issued: { side: 'debit', holds: 'tokens', title: 'Sold or given, ever' },
  tokens_available: { side: 'credit', holds: 'tokens', title: 'With the customer, held ones included' },
  tokens_consumed: { side: 'credit', holds: 'tokens', title: 'Used' },
  tokens_shortfall: { side: 'debit', holds: 'tokens', title: 'Used beyond what was there, still owed' },
  tokens_expired: { side: 'credit', holds: 'tokens', title: 'Expired unused' },
  tokens_refunded: { side: 'credit', holds: 'tokens', title: 'Taken back by refunds' },
} as const satisfies Record<string, { side: 'debit' | 'credit'; holds: 'money' | 'tokens'; title: string }>;

export type AccountName = keyof typeof CHART;

/** What earns revenue. */
export const REVENUE_STREAMS = ['tokens', 'api_calls', 'subscriptions', 'features', 'other'] as const;
export type RevenueStream = (typeof REVENUE_STREAMS)[number];

export const ACCOUNT_NAMES = Object.keys(CHART) as AccountName[];

/** The asset that an account of a book in this currency holds. */
export function assetOf(account: AccountName, currency: string): string {
  return CHART[account].holds === 'tokens' ? TOKEN_ASSET : currency;
}

/** An account's balance on the side where it grows, from the sums of its debits and credits. */
export function balanceOn(account: AccountName, debits: bigint, credits: bigint): bigint {
  return CHART[account].side === 'debit' ? debits - credits : credits - debits;
}
