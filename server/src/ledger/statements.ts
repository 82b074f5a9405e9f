import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { type AccountName, balanceOn, CHART } from './chart.ts';

/** An account's balance at a time, on the side where it grows, in the asset's smallest unit. */
export interface AccountBalance {
  account: AccountName;
  asset: string;
  title: string;
  side: 'debit' | 'credit';
  debits: bigint;
  credits: bigint;
  balance: bigint;
}

/**
 * The balance of every account of a book as it was at a time (included), recomputed from its entries. What was written
 * later for that time, as revenue at the end of a month is, counts.
 */
export async function accountBalances(tx: Tx, tenant_id: string, at: Date): Promise<AccountBalance[]> {
  const sums = await sql<{ account: AccountName; asset: string; debits: bigint; credits: bigint }>`
    with entry as (
      select debit_account, credit_account, asset, sum(amount)::bigint as amount from ledger_entries
      where tenant_id = ${tenant_id} and dated_at <= ${at} group by 1, 2, 3)
    select account, a.asset,
      coalesce((select sum(amount) from entry e where e.debit_account = account and e.asset = a.asset), 0)::bigint as debits,
      coalesce((select sum(amount) from entry e where e.credit_account = account and e.asset = a.asset), 0)::bigint as credits
    from accounts a where tenant_id = ${tenant_id} order by account, asset`.execute(tx);
  return sums.rows.map((row) => ({
    ...row,
    title: CHART[row.account].title,
    side: CHART[row.account].side,
    balance: balanceOn(row.account, row.debits, row.credits),
  }));
}

/** The two sides of the accounting identity in one currency, in minor units. They are equal in every sound book. */
export interface AccountingIdentity {
  currency: string;
  assets_cents: bigint;
  claims_cents: bigint;
  holds: boolean;
}

/** received + receivable + written off = recognised + deferred + tax + customer credit, net of refunds, per currency. */
export function accountingIdentity(balances: readonly AccountBalance[]): AccountingIdentity[] {
  const money = balances.filter((row) => CHART[row.account].holds === 'money');
  const total = (currency: string, side: 'debit' | 'credit'): bigint =>
    money
      .filter((row) => row.asset === currency && row.side === side)
      .reduce((sum, row) => sum + row.balance, 0n);
  return [...new Set(money.map((row) => row.asset))].map((currency) => {
    const assets_cents = total(currency, 'debit');
    const claims_cents = total(currency, 'credit');
    return { currency, assets_cents, claims_cents, holds: assets_cents === claims_cents };
  });
}

/** One line of a statement: an entry's whole effect on the account, and the balance after it. */
export interface StatementLine {
  book_version: bigint;
  occurred_at: Date;
  transaction_id: string | null;
  usage_id: string | null;
  debit: bigint;
  credit: bigint;
  balance_after: bigint;
}

export interface StatementRange {
  /** What the account holds, where it is left out. */
  asset?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  /** Only entries before this version: the position of the last line of the page before. */
  before_version?: bigint | undefined;
  limit: number;
}

/** A page of the statement of one account, newest first: `from` included, `to` excluded. */
export async function accountStatement(
  tx: Tx,
  tenant_id: string,
  account: AccountName,
  range: StatementRange,
): Promise<StatementLine[]> {
  const { from = null, to = null, before_version = null } = range;
  const asset = range.asset ?? (await assetOf(tx, tenant_id, account));
  if (asset === undefined) return [];
  const page = await sql<Omit<StatementLine, 'balance_after'>>`
    select book_version, created_at as occurred_at, transaction_id, usage_id,
      coalesce(sum(amount) filter (where debit_account = ${account}), 0)::bigint as debit,
      coalesce(sum(amount) filter (where credit_account = ${account}), 0)::bigint as credit
    from ledger_entries
    where tenant_id = ${tenant_id} and asset = ${asset} and (debit_account = ${account} or credit_account = ${account})
      and (${from}::timestamptz is null or created_at >= ${from})
      and (${to}::timestamptz is null or created_at < ${to})
      and (${before_version}::bigint is null or book_version < ${before_version})
    group by book_version, created_at, transaction_id, usage_id
    order by book_version desc
    limit ${range.limit}`.execute(tx);
  const newest = page.rows[0];
  if (!newest) return [];
  let balance_after = await balanceAtVersion(tx, tenant_id, account, asset, newest.book_version);
  return page.rows.map((row) => {
    const line = { ...row, balance_after };
    balance_after -= balanceOn(account, row.debit, row.credit);
    return line;
  });
}

async function assetOf(tx: Tx, tenant_id: string, account: AccountName): Promise<string | undefined> {
  const found = await sql<{ asset: string }>`
    select asset from accounts where tenant_id = ${tenant_id} and account = ${account} order by asset limit 1`.execute(
    tx,
  );
  return found.rows[0]?.asset;
}

async function balanceAtVersion(
  tx: Tx,
  tenant_id: string,
  account: AccountName,
  asset: string,
  version: bigint,
): Promise<bigint> {
  const sums = await sql<{ debits: bigint; credits: bigint }>`
    select coalesce(sum(amount) filter (where debit_account = ${account}), 0)::bigint as debits,
           coalesce(sum(amount) filter (where credit_account = ${account}), 0)::bigint as credits
    from ledger_entries
    where tenant_id = ${tenant_id} and asset = ${asset} and book_version <= ${version}
      and (debit_account = ${account} or credit_account = ${account})`.execute(tx);
  const row = sums.rows[0] ?? { debits: 0n, credits: 0n };
  return balanceOn(account, row.debits, row.credits);
}
