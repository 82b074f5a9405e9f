import { sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import { TOKEN_ASSET } from '../ledger/index.ts';
import { type Books, ofBooks, readBooks } from './books.ts';
import { lastClosing, listClosed } from './closed-months.ts';
import { figuresOf, type MonthFigures, type Movement } from './figures.ts';
import { type Month, monthEnd, monthStart } from './month.ts';

/** How a month stands: it runs, it is over and can be closed, or it is closed. */
export const MONTH_STATUSES = ['running', 'open', 'closed'] as const;
export type MonthStatus = (typeof MONTH_STATUSES)[number];

/**
 * The figures of some books in consecutive months, oldest first, at one moment: opening balances from the last month that
 * was closed before them, where there is one, and everything else from entries.
 */
export async function readMonths(
  db: Pick<Database, 'inTenant' | 'asJob'>,
  books: Books,
  months: readonly Month[],
  now: Date,
): Promise<(MonthFigures & { status: MonthStatus })[]> {
  return await readBooks(db, books, async (tx) => {
    const figures = await readFigures(tx, books, months);
    const isClosed = await closedOf(tx, books);
    return figures.map((row) => ({ ...row, status: statusOf(row.month, isClosed(row.month), now) }));
  });
}

/** How a month stands at a time. */
export function statusOf(month: Month, is_closed: boolean, now: Date): MonthStatus {
  if (is_closed) return 'closed';
  return monthEnd(month) <= now ? 'open' : 'running';
}

/** The same within a transaction that sees the books. `from_entries` leaves closed months aside, for who checks them. */
export async function readFigures(
  tx: Tx,
  books: Books,
  months: readonly Month[],
  from_entries = false,
): Promise<MonthFigures[]> {
  const [first] = months;
  const last = months.at(-1);
  if (first === undefined || last === undefined) return [];
  const asks_closed = books.of === 'sales' && !from_entries;
  const closing = asks_closed ? await lastClosing(tx, books.tenant_id, first) : undefined;
  const since = closing && monthEnd(closing.month);
  const movements = await readMovements(tx, books, {
    since,
    from: monthStart(first),
    to: monthEnd(last),
  });
  return figuresOf(months, closing?.balances ?? new Map(), movements);
}

/** Entries added up by month. An entry is never written before the time for which it counts, which spares old partitions. */
async function readMovements(
  tx: Tx,
  books: Books,
  { since = new Date(0), from, to }: { since?: Date | undefined; from: Date; to: Date },
): Promise<Movement[]> {
  const found = await sql<Movement>`
    select case when dated_at >= ${from} then to_char(dated_at at time zone 'UTC', 'YYYY-MM') end as month,
      asset as currency, debit_account, credit_account, stream, sum(amount)::bigint as amount
    from ledger_entries
    where ${ofBooks(books)} and asset <> ${TOKEN_ASSET} and created_at >= ${since} and dated_at >= ${since} and dated_at < ${to}
    group by 1, 2, 3, 4, 5`.execute(tx);
  return found.rows;
}

/** Which months of some books are closed. A tenant's own are where its seller has closed them. */
async function closedOf(tx: Tx, { of, tenant_id }: Books): Promise<(month: Month) => boolean> {
  if (of === 'sales') {
    const closed = new Set((await listClosed(tx, tenant_id)).map(({ month }) => month));
    return (month) => closed.has(month);
  }
  const book = await sql<{ closed_until: Date | null }>`
    select closed_until from ai_token_balances where tenant_id = ${tenant_id}`.execute(tx);
  const closed_until = book.rows[0]?.closed_until ?? null;
  return (month) => closed_until !== null && monthEnd(month) <= closed_until;
}
