import { sql } from 'kysely';
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

/** Lines that are held in memory at a time. */
const LINES_PER_PAGE = 1000;

/** The use of tokens is no transaction, but its own record. */
const selected = sql`
  select e.tenant_id, e.dated_at, e.created_at, e.book_version, e.transaction_id, e.usage_id,
    coalesce(b.type, 'token_usage') as type, e.debit_account, e.credit_account, e.asset, e.amount, e.stream,
    i.number as invoice_number, b.reason, e.line_id, e.line_no
  from ledger_entries e
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
    sql<LedgerLine>`${selected}
      where ${ofBooks(books, 'e.tenant_id')} and ${ofMonth(month)} and ${behind}
      order by e.created_at desc, e.line_id desc, e.line_no desc limit ${limit}`.execute(tx),
  );
  return page.rows;
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
    const own = (work: (tx: Tx) => Promise<LedgerLine[]>) => db.inTenant(books.tenant_id, work);
    yield* pagesOf(own, [books.tenant_id], month);
    return;
  }
  for await (const tenant_ids of customersOf(db, books.tenant_id))
    yield* pagesOf((work) => db.asJob(work), tenant_ids, month);
}

async function* pagesOf(
  read: (work: (tx: Tx) => Promise<LedgerLine[]>) => Promise<LedgerLine[]>,
  tenant_ids: string[],
  month: Month,
): AsyncGenerator<LedgerLine[]> {
  let behind = sql`true`;
  for (;;) {
    const page = await read(async (tx) => {
      const found = await sql<LedgerLine>`${selected}
        where e.tenant_id = any(${tenant_ids}::uuid[]) and ${ofMonth(month)} and ${behind}
        order by e.tenant_id, e.book_version, e.line_id, e.line_no limit ${LINES_PER_PAGE}`.execute(tx);
      return found.rows;
    });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    if (page.length < LINES_PER_PAGE) return;
    behind = sql`(e.tenant_id, e.book_version, e.line_id, e.line_no)
      > (${last.tenant_id}::uuid, ${last.book_version}::bigint, ${last.line_id}::uuid, ${last.line_no}::integer)`;
  }
}
