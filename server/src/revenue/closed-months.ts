import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { AccountName, RevenueStream } from '../ledger/index.ts';
import type { Balances } from './figures.ts';
import type { Month } from './month.ts';

/** What a closed month keeps of an account. Cents are JSON numbers, which carry them exactly. */
interface KeptAccount {
  account: AccountName;
  opening_cents: number;
  debits_cents: number;
  credits_cents: number;
  closing_cents: number;
}

/** A row of `closed_months`. */
export interface ClosedMonth {
  tenant_id: string;
  month: Month;
  currency: string;
  accounts: KeptAccount[];
  by_stream: Record<RevenueStream, number>;
  entries: bigint;
  checksum: string;
  closed_by: string;
  closed_at: Date;
}

const columns = sql`tenant_id, to_char(month, 'YYYY-MM') as month, currency, accounts, by_stream, entries, checksum,
  closed_by, closed_at`;

/** The closed months of a seller, oldest first; of one month where it is named. */
export async function closedMonths(tx: Tx, tenant_id: string, month?: Month): Promise<ClosedMonth[]> {
  const day = month === undefined ? null : `${month}-01`;
  const found = await sql<ClosedMonth>`
    select ${columns} from closed_months
    where tenant_id = ${tenant_id} and (${day}::date is null or month = ${day}::date)
    order by closed_months.month, currency`.execute(tx);
  return found.rows;
}

/** Which months a seller has closed, and who did it when, oldest first. */
export async function listClosed(
  tx: Tx,
  tenant_id: string,
): Promise<Pick<ClosedMonth, 'month' | 'entries' | 'checksum' | 'closed_by' | 'closed_at'>[]> {
  const found = await sql<ClosedMonth>`
    select distinct on (closed_months.month) ${columns} from closed_months
    where tenant_id = ${tenant_id} order by closed_months.month, currency`.execute(tx);
  return found.rows;
}

/** Keeps a month for ever. One that was closed meanwhile stays as it is. */
export async function keepClosed(
  tx: Tx,
  tenant_id: string,
  rows: readonly Omit<ClosedMonth, 'tenant_id'>[],
): Promise<void> {
  const kept = rows.map((row) => ({ ...row, month: `${row.month}-01`, entries: String(row.entries) }));
  await sql`
    insert into closed_months (tenant_id, month, currency, accounts, by_stream, entries, checksum, closed_by, closed_at)
    select ${tenant_id}::uuid, month, currency, accounts, by_stream, entries, checksum, closed_by, closed_at
    from jsonb_to_recordset(${JSON.stringify(kept)}::jsonb) as closed (month date, currency text, accounts jsonb,
      by_stream jsonb, entries bigint, checksum text, closed_by text, closed_at timestamptz)
    on conflict do nothing`.execute(tx);
}

/** How the last month closed that is before another one; undefined where none is. */
export async function lastClosing(
  tx: Tx,
  tenant_id: string,
  before: Month,
): Promise<{ month: Month; balances: Balances } | undefined> {
  const found = await sql<ClosedMonth>`
    select ${columns} from closed_months
    where tenant_id = ${tenant_id} and closed_months.month = (
      select max(month) from closed_months where tenant_id = ${tenant_id} and month < ${`${before}-01`}::date)`.execute(
    tx,
  );
  const [first] = found.rows;
  if (first === undefined) return undefined;
  const balances = new Map(
    found.rows.map(({ currency, accounts }) => [
      currency,
      new Map(accounts.map(({ account, closing_cents }) => [account, BigInt(closing_cents)])),
    ]),
  );
  return { month: first.month, balances };
}
