import { stringify } from 'csv-stringify/sync';
import type { LedgerLine } from './ledger-lines.ts';

const COLUMNS = [
  'tenant_id',
  'date',
  'booked_at',
  'book_version',
  'transaction_id',
  'usage_id',
  'type',
  'debit_account',
  'credit_account',
  'asset',
  'amount',
  'stream',
  'invoice_number',
  'reason',
];

/**
 * Pages of the ledger as CSV (RFC 4180, UTF-8, a header first), page by page. A cell that a spreadsheet would take for a
 * formula gets an apostrophe before it.
 */
export async function* ledgerCsv(pages: AsyncIterable<LedgerLine[]>): AsyncGenerator<string> {
  yield stringify([COLUMNS], { record_delimiter: 'windows' });
  for await (const lines of pages)
    yield stringify(lines.map(rowOf), {
      columns: COLUMNS,
      record_delimiter: 'windows',
      escape_formulas: true,
    });
}

function rowOf({ dated_at, created_at, ...line }: LedgerLine) {
  return {
    ...line,
    date: dated_at.toISOString(),
    booked_at: created_at.toISOString(),
    book_version: String(line.book_version),
    amount: String(line.amount),
  };
}
