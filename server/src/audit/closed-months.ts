import type { Database } from '../db/index.ts';
import { type ClosedMonth, closedMonths, keptFigures, readFigures, sumEntries } from '../revenue/index.ts';

/** What is audited of the months that a seller has closed. */
export const CLOSED_MONTHS_CHECK = {
  name: 'closed_months',
  says: 'every closed month has the entries and the figures that it was closed with',
} as const;

/**
 * Adds every closed month of a seller up again from entries alone, and compares. The first difference in words, null for
 * none; undefined where the seller has closed no month.
 */
export async function auditClosedMonths(db: Database, tenant_id: string): Promise<string | null | undefined> {
  const closed = await db.asJob((tx) => closedMonths(tx, tenant_id));
  if (closed.length === 0) return undefined;
  for (const [month, rows] of Map.groupBy(closed, (row) => row.month)) {
    const difference =
      (await differingEntries(db, tenant_id, rows)) ?? (await differingFigures(db, tenant_id, month, rows));
    if (difference !== undefined) return `${month}: ${difference}`;
  }
  return null;
}

async function differingEntries(
  db: Database,
  tenant_id: string,
  rows: readonly ClosedMonth[],
): Promise<string | undefined> {
  const [first] = rows;
  if (first === undefined) return undefined;
  const { entries, checksum } = await sumEntries(db, tenant_id, first.month);
  const other = rows.find((row) => row.entries !== entries || row.checksum !== checksum);
  if (other === undefined) return undefined;
  return other.entries === entries
    ? `its ${entries} entries are not those that it was closed with`
    : `it was closed with ${other.entries} entries, the books have ${entries}`;
}

async function differingFigures(
  db: Database,
  tenant_id: string,
  month: string,
  rows: readonly ClosedMonth[],
): Promise<string | undefined> {
  const books = { of: 'sales', tenant_id } as const;
  const figures = await db.asJob((tx) => readFigures(tx, books, [month], true), { snapshot: true });
  const now = new Map(figures.map((row) => [row.currency, keptFigures(row)]));
  for (const { currency, accounts, by_stream } of rows) {
    const again = now.get(currency);
    for (const kept of accounts) {
      const account = again?.accounts.find((row) => row.account === kept.account);
      for (const field of ['opening_cents', 'debits_cents', 'credits_cents', 'closing_cents'] as const)
        if (kept[field] !== (account?.[field] ?? 0))
          return `${field} of ${kept.account} is ${kept[field]} ${currency}, the entries say ${account?.[field] ?? 0}`;
    }
    for (const [stream, cents] of Object.entries(by_stream)) {
      const earned = again?.by_stream[stream as keyof typeof by_stream] ?? 0;
      if (cents !== earned) return `${stream} earned ${cents} ${currency}, the entries say ${earned}`;
    }
  }
  return undefined;
}
