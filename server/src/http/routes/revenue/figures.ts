import { z } from 'zod';
import { BOOK_SCOPES, MONEY_ACCOUNTS, MONTH_STATUSES, readMonths } from '../../../revenue/index.ts';
import { currency, defineRoute, signedTotal, timeRange, total } from '../../index.ts';
import { monthsOf } from './asked-months.ts';
import { by_stream, month, of, tag } from './schemas.ts';

const figures = z.strictObject({
  month,
  currency,
  status: z.enum(MONTH_STATUSES),
  recognised_cents: signedTotal.meta({ description: 'Earned in the month, breakage included.' }),
  breakage_cents: signedTotal,
  by_stream: by_stream.meta({ description: 'recognised_cents by what earned it.' }),
  deferred_cents: signedTotal.meta({ description: 'Paid or invoiced and not earned yet, at the end.' }),
  receivable_cents: signedTotal,
  cash_received_cents: total,
  refunded_cents: total,
  tax_collected_cents: signedTotal,
  tax_payable_cents: signedTotal,
  customer_credit_cents: signedTotal,
  written_off_cents: signedTotal,
  accounts: z.array(
    z.strictObject({
      account: z.enum(MONEY_ACCOUNTS),
      opening_cents: signedTotal,
      debits_cents: total,
      credits_cents: total,
      closing_cents: signedTotal,
    }),
  ),
  identity_holds: z.boolean(),
});

export const figuresRoute = defineRoute({
  method: 'GET',
  path: '/revenue',
  operation_id: 'get_revenue',
  summary: 'Recognised and deferred revenue, and every account, month by month',
  description:
    'Calendar months in UTC, oldest first, a row for each currency; `from` and `to` are widened to whole months. Without them the present month and the eleven before it. Each account opens as it closed the month before, and everything is added up from the entries of the ledger. What time earns of a fee is booked at the end of each month.',
  tag,
  scope: 'read',
  mode: 'own',
  query: z.strictObject({ ...timeRange, of }),
  responses: { 200: z.strictObject({ of: z.enum(BOOK_SCOPES), months: z.array(figures) }) },
  handler: async ({ services, tenant_id, query, now }) => {
    const books = { of: query.of, tenant_id };
    const months = await readMonths(services.db, books, monthsOf(query, now), now);
    return { status: 200, body: { of: query.of, months } };
  },
});
