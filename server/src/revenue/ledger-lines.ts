import { type RawBuilder, sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import type { AccountName, RevenueStream } from '../ledger/index.ts';
import { type Books, ofBooks, readBooks } from './books.ts';
import { customersOf } from './customers.ts';
import { type Month, monthEnd, monthStart } from './month.ts';

/** A line of the general ledger, with what its transaction says. `amount` is in the asset's smallest unit. */
export interface LedgerLine {
  tenant_id: string;
  /** For when it counts. */
  dated_at: Date;
  /** When it was written. */
  created_at: Date;
  book_version: bigint;
  transaction_id: string | null;
  usage_id: string | null;
  type: string;
  debit_account: AccountName;
  credit_account: AccountName;
  asset: string;
  amount: bigint;
  /** Of what changes revenue. */
  stream: RevenueStream | null;
  invoice_number: string | null;
  reason: string | null;
  /** With line_no, which line of all it is. */
  line_id: string;
  line_no: number;
}

/** Where a page of lines begins: after this one. */
export interface LinePlace {
  time: Date;
  line_id: string;
  line_no: number;
}

/** Versions of books whose lines are held in memory at a time: what changed a book has a few lines. */
const VERSIONS_PER_PAGE = 1000;

/** The use of tokens is no transaction, but its own record. */
const selectedFrom = (lines: RawBuilder<unknown>) => sql`
  select e.tenant_id, e.dated_at, e.created_at, e.book_version, e.transaction_id, e.usage_id,
    coalesce(b.type, 'token_usage') as type, e.debit_account, e.credit_account, e.asset, e.amount, e.stream,
    i.number as invoice_number, b.reason, e.line_id, e.line_no
  from ${lines}
  left join billing_transactions b on b.tenant_id = e.tenant_id and b.transaction_id = e.transaction_id
  left join invoices i on i.tenant_id = b.tenant_id and i.invoice_id = b.invoice_id`;

function ofMonth(month: Month) {
  const [from, to] = [monthStart(month), monthEnd(month)];
  return sql`e.created_at >= ${from} and e.dated_at >= ${from} and e.dated_at < ${to}`;
}

/** A page of the lines of a month, by when they were written, newest first. */
export async function listLedgerLines(
  db: Pick<Database, 'inTenant' | 'asJob'>,
  books: Books,
  { month, after, limit }: { month: Month; after?: LinePlace | undefined; limit: number },
): Promise<LedgerLine[]> {
  const behind =
    after === undefined
      ? sql`true`
      : sql`(e.created_at, e.line_id, e.line_no) < (${after.time}::timestamptz, ${after.line_id}::uuid, ${after.line_no}::integer)`;
  const page = await readBooks(db, books, (tx) =>
    sql<LedgerLine>`${selectedFrom(sql`ledger_entries e`)}
      where ${ofBooks(books, 'e.tenant_id')} and ${ofMonth(month)} and ${behind}
      order by e.created_at desc, e.line_id desc, e.line_no desc limit ${limit}`.execute(tx),
  );
  return page.rows;
}

/** The lines of a month in one book lie between these versions of it. */
interface BookSpan {
  tenant_id: string;
  first_version: bigint;
  last_version: bigint;
}

/**
 * All lines of a month, in the order of tenants and of their books, page by page. Each page is read by itself, so memory
 * stays bounded and nobody waits; what is written meanwhile into a month that runs may be there or not.
 */
export async function* ledgerPages(
  db: Pick<Database, 'inTenant' | 'asJob'>,
  books: Books,
  month: Month,
): AsyncGenerator<LedgerLine[]> {
  if (books.of === 'own') {
    yield* pagesOf((work) => db.inTenant(books.tenant_id, work), [books.tenant_id], month);
    return;
  }
  for await (const tenant_ids of customersOf(db, books.tenant_id))
    yield* pagesOf((work) => db.asJob(work), tenant_ids, month);
}

async function* pagesOf(
  read: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  tenant_ids: string[],
  month: Month,
): AsyncGenerator<LedgerLine[]> {
  const spans = await read((tx) => spansOf(tx, tenant_ids, month));
  for (const page of pagesOfSpans(spans, VERSIONS_PER_PAGE))
    yield await read((tx) => linesOf(tx, page, month));
}

/** Where the month lies in each book that has lines of it, in the order of tenants: one reading of the month. */
async function spansOf(tx: Tx, tenant_ids: string[], month: Month): Promise<BookSpan[]> {
  const { rows } = await sql<BookSpan>`
    select e.tenant_id, min(e.book_version) as first_version, max(e.book_version) as last_version
    from ledger_entries e where e.tenant_id = any(${tenant_ids}::uuid[]) and ${ofMonth(month)}
    group by e.tenant_id order by e.tenant_id`.execute(tx);
  return rows;
}

/** Cuts spans, so that no page has more versions than that, and small books share one. */
export function* pagesOfSpans(spans: BookSpan[], versions_max: number): Generator<BookSpan[]> {
  let page: BookSpan[] = [];
  let left = BigInt(versions_max);
  for (const { tenant_id, first_version, last_version } of spans)
    for (let from = first_version; from <= last_version; ) {
      const to = from + left - 1n < last_version ? from + left - 1n : last_version;
      page.push({ tenant_id, first_version: from, last_version: to });
      left -= to - from + 1n;
      from = to + 1n;
      if (left > 0n) continue;
      yield page;
      [page, left] = [[], BigInt(versions_max)];
    }
  if (page.length > 0) yield page;
}

/** "offset 0" has each book read by its own index, which no union under a join would be. */
async function linesOf(tx: Tx, spans: BookSpan[], month: Month): Promise<LedgerLine[]> {
  const { rows } = await sql<LedgerLine>`${selectedFrom(sql`
      unnest(${spans.map((span) => span.tenant_id)}::uuid[], ${spans.map((span) => span.first_version)}::bigint[],
        ${spans.map((span) => span.last_version)}::bigint[]) s (tenant_id, first_version, last_version)
      cross join lateral (
        select e.* from ledger_entries e
        where e.tenant_id = s.tenant_id and e.book_version between s.first_version and s.last_version and ${ofMonth(month)}
        offset 0
      ) e`)}
    order by e.tenant_id, e.book_version, e.line_id, e.line_no`.execute(tx);
  return rows;
}
