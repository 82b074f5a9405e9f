import {
  ACCOUNT_NAMES,
  type AccountName,
  balanceOn,
  CHART,
  REVENUE_STREAMS,
  type RevenueStream,
} from '../ledger/index.ts';
import type { Month } from './month.ts';

/** Entries of one kind added up. Amounts are in the minor unit of the currency. */
export interface Movement {
  /** Null for what was before all months in question. */
  month: Month | null;
  currency: string;
  debit_account: AccountName;
  credit_account: AccountName;
  /** Of what changes revenue. */
  stream: RevenueStream | null;
  amount: bigint;
}

/** An account in a month, on the side where it grows: opening + what moved = closing. */
export interface AccountMonth {
  account: AccountName;
  opening_cents: bigint;
  debits_cents: bigint;
  credits_cents: bigint;
  closing_cents: bigint;
}

/** A month of some books in one currency. Balances are those of its end. */
export interface MonthFigures {
  month: Month;
  currency: string;
  /** Breakage included. */
  recognised_cents: bigint;
  breakage_cents: bigint;
  deferred_cents: bigint;
  receivable_cents: bigint;
  cash_received_cents: bigint;
  refunded_cents: bigint;
  tax_collected_cents: bigint;
  tax_payable_cents: bigint;
  customer_credit_cents: bigint;
  written_off_cents: bigint;
  by_stream: Record<RevenueStream, bigint>;
  accounts: AccountMonth[];
  /** cash + receivable + written off = recognised + breakage + deferred + tax + customer credit, at the end. */
  identity_holds: boolean;
}

/** Balances by currency and account, on the side where each grows. */
export type Balances = ReadonlyMap<string, ReadonlyMap<AccountName, bigint>>;

export const MONEY_ACCOUNTS = ACCOUNT_NAMES.filter((account) => CHART[account].holds === 'money');

/**
 * The figures of each month and currency, oldest first: `opening`, then what moved before the first month, then month by
 * month. A currency is there from the first month on in which it has anything.
 */
export function figuresOf(
  months: readonly Month[],
  opening: Balances,
  movements: readonly Movement[],
): MonthFigures[] {
  const by_currency = Map.groupBy(movements, ({ currency }) => currency);
  const currencies = [...new Set([...opening.keys(), ...by_currency.keys()])].sort();
  const figures = currencies.flatMap((currency) =>
    figuresOfCurrency(months, currency, opening.get(currency), by_currency.get(currency) ?? []),
  );
  return figures.sort((one, other) => compareText(one.month, other.month));
}

function figuresOfCurrency(
  months: readonly Month[],
  currency: string,
  opening: ReadonlyMap<AccountName, bigint> | undefined,
  movements: readonly Movement[],
): MonthFigures[] {
  const by_month = Map.groupBy(movements, ({ month }) => month);
  let accounts = accountsAfter(
    MONEY_ACCOUNTS.map((account) => ({ account, closing_cents: opening?.get(account) ?? 0n })),
    by_month.get(null) ?? [],
  );
  let begun = opening !== undefined || by_month.has(null);
  return months.flatMap((month) => {
    const of_month = by_month.get(month) ?? [];
    begun ||= of_month.length > 0;
    accounts = accountsAfter(accounts, of_month);
    return begun ? [headlines(month, currency, accounts, of_month)] : [];
  });
}

/** The accounts of the next month: they open as they closed. */
function accountsAfter(
  before: readonly Pick<AccountMonth, 'account' | 'closing_cents'>[],
  movements: readonly Movement[],
): AccountMonth[] {
  return before.map(({ account, closing_cents: opening_cents }) => {
    const debits_cents = sumOf(movements.filter(({ debit_account }) => debit_account === account));
    const credits_cents = sumOf(movements.filter(({ credit_account }) => credit_account === account));
    const closing_cents = opening_cents + balanceOn(account, debits_cents, credits_cents);
    return { account, opening_cents, debits_cents, credits_cents, closing_cents };
  });
}

function headlines(
  month: Month,
  currency: string,
  accounts: AccountMonth[],
  movements: readonly Movement[],
): MonthFigures {
  const of = new Map(accounts.map((row) => [row.account, row]));
  const at_end = (account: AccountName) => of.get(account)?.closing_cents ?? 0n;
  const moved = (account: AccountName) => at_end(account) - (of.get(account)?.opening_cents ?? 0n);
  const of_side = (side: 'debit' | 'credit') =>
    accounts.filter(({ account }) => CHART[account].side === side).map(({ closing_cents }) => closing_cents);
  return {
    month,
    currency,
    recognised_cents: moved('recognised_revenue') + moved('breakage_revenue'),
    breakage_cents: moved('breakage_revenue'),
    deferred_cents: at_end('deferred_revenue') + at_end('deferred_fees'),
    receivable_cents: at_end('receivable'),
    cash_received_cents: of.get('cash')?.debits_cents ?? 0n,
    refunded_cents: of.get('cash')?.credits_cents ?? 0n,
    tax_collected_cents: moved('tax_payable'),
    tax_payable_cents: at_end('tax_payable'),
    customer_credit_cents: at_end('customer_credit'),
    written_off_cents: at_end('written_off'),
    by_stream: streamsOf(movements),
    accounts,
    identity_holds: total(of_side('debit')) === total(of_side('credit')),
  };
}

/** What each stream has earned: together they are what was recognised. */
function streamsOf(movements: readonly Movement[]): Record<RevenueStream, bigint> {
  const earned = (stream: RevenueStream) =>
    movements
      .filter((row) => row.stream === stream)
      .reduce((sum, { credit_account, debit_account, amount }) => {
        const change = (isRevenue(credit_account) ? amount : 0n) - (isRevenue(debit_account) ? amount : 0n);
        return sum + change;
      }, 0n);
  return Object.fromEntries(REVENUE_STREAMS.map((stream) => [stream, earned(stream)])) as Record<
    RevenueStream,
    bigint
  >;
}

function isRevenue(account: AccountName): boolean {
  return account === 'recognised_revenue' || account === 'breakage_revenue';
}

function sumOf(movements: readonly Movement[]): bigint {
  return total(movements.map(({ amount }) => amount));
}

function total(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

/** Months as texts sort as they follow each other. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
