import { z } from 'zod';
import { ACCOUNT_NAMES, REVENUE_STREAMS } from '../../../ledger/index.ts';
import { ledgerCsv, ledgerPages, listLedgerLines } from '../../../revenue/index.ts';
import { defineRoute, fileAnswer, listOf, listQueryOf, pageOf, timeOut, total, uuid } from '../../index.ts';
import { month, of, tag } from './schemas.ts';

export const exportRoute = defineRoute({
  method: 'GET',
  path: '/ledger/export',
  operation_id: 'export_ledger',
  summary: 'The general ledger of a month, line by line',
  description:
    'With Accept: text/csv the whole month as a file, in the order of tenants and of their books; as JSON page by page, newest first. `date` is for when a line counts, `booked_at` when it was written. A cell that a spreadsheet would take for a formula has an apostrophe before it.',
  tag,
  scope: 'read',
  mode: 'own',
  also_answers: ['text/csv'],
  query: z.strictObject({ ...listQueryOf(z.string().regex(/^[0-9a-f-]{36}:[0-3]$/)), month, of }),
  responses: {
    200: listOf(
      z.strictObject({
        tenant_id: uuid,
        date: timeOut,
        booked_at: timeOut,
        book_version: total,
        transaction_id: uuid.nullable(),
        usage_id: uuid.nullable(),
        type: z.string(),
        debit_account: z.enum(ACCOUNT_NAMES),
        credit_account: z.enum(ACCOUNT_NAMES),
        asset: z.string(),
        amount: total,
        stream: z.enum(REVENUE_STREAMS).nullable(),
        invoice_number: z.string().nullable(),
        reason: z.string().nullable(),
      }),
    ),
  },
  handler: async ({ services, tenant_id, accepted, query: { limit, cursor, ...query } }) => {
    const books = { of: query.of, tenant_id };
    if (accepted === 'text/csv') return fileAnswer(ledgerCsv(ledgerPages(services.db, books, query.month)));
    const [line_id = '', line_no = '0'] = cursor?.id.split(':') ?? [];
    const after = cursor && { time: cursor.time, line_id, line_no: Number(line_no) };
    const lines = await listLedgerLines(services.db, books, { month: query.month, after, limit: limit + 1 });
    const page = pageOf(lines, limit, (line) => ({
      time: line.created_at,
      id: `${line.line_id}:${line.line_no}`,
    }));
    const data = page.data.map(
      ({ dated_at: date, created_at: booked_at, line_id: _id, line_no: _no, ...line }) => ({
        ...line,
        date,
        booked_at,
      }),
    );
    return { status: 200, body: { data, next_cursor: page.next_cursor } };
  },
});
