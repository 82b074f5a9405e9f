import { z } from 'zod';
import { ACCOUNT_NAMES } from '../../../ledger/index.ts';
import {
  type ClosedMonth,
  closedMonths,
  closeOnce,
  firstMonth,
  listClosed,
  MONTH_STATUSES,
  type Month,
  monthEnd,
  monthOf,
  monthStart,
  statusOf,
} from '../../../revenue/index.ts';
import {
  type Caller,
  currency,
  defineRoute,
  listOf,
  listQueryOf,
  pageOf,
  signedTotal,
  timeOut,
  total,
} from '../../index.ts';
import { by_stream, month, tag } from './schemas.ts';

const listMonthsRoute = defineRoute({
  method: 'GET',
  path: '/revenue/months',
  operation_id: 'list_revenue_months',
  summary: 'The months of the seller, newest first: which run, which can be closed, which are closed',
  tag,
  scope: 'read',
  mode: 'own',
  query: z.strictObject(listQueryOf(month)),
  responses: {
    200: listOf(
      z.strictObject({
        month,
        status: z.enum(MONTH_STATUSES),
        entries: total.nullable(),
        checksum: z.string().nullable(),
        closed_by: z.string().nullable(),
        closed_at: timeOut.nullable(),
      }),
    ),
  },
  handler: async ({ services, tenant_id, query: { limit, cursor }, now }) => {
    const { first, closed } = await services.db.inTenant(tenant_id, async (tx) => ({
      first: await firstMonth(tx, tenant_id),
      closed: new Map((await listClosed(tx, tenant_id)).map((row) => [row.month, row])),
    }));
    // Every month since the first tenant, however long ago that is: a few hundred at most.
    const months: Month[] = [];
    for (let next = first; next !== undefined && monthStart(next) <= now; next = monthOf(monthEnd(next)))
      months.unshift(next);
    const rows = months
      .filter((one) => cursor === undefined || one < cursor.id)
      .map((one) => ({
        month: one,
        status: statusOf(one, closed.has(one), now),
        entries: closed.get(one)?.entries ?? null,
        checksum: closed.get(one)?.checksum ?? null,
        closed_by: closed.get(one)?.closed_by ?? null,
        closed_at: closed.get(one)?.closed_at ?? null,
      }));
    const place = (row: { month: Month }) => ({ time: monthStart(row.month), id: row.month });
    return { status: 200, body: pageOf(rows.slice(0, limit + 1), limit, place) };
  },
});

const closed_month = z.strictObject({
  month,
  currency,
  accounts: z.array(
    z.strictObject({
      account: z.enum(ACCOUNT_NAMES),
      opening_cents: signedTotal,
      debits_cents: total,
      credits_cents: total,
      closing_cents: signedTotal,
    }),
  ),
  by_stream,
  entries: total.meta({ description: 'How many entries all the books have in the month, in any asset.' }),
  checksum: z.string().meta({ description: 'SHA-256 over all those entries.' }),
  closed_by: z.string(),
  closed_at: timeOut,
});

function closedView({ tenant_id: _tenant, ...row }: ClosedMonth) {
  return row;
}

const closeRoute = defineRoute({
  method: 'POST',
  path: '/revenue/months/:month/close',
  operation_id: 'close_revenue_month',
  summary: 'Close a month: nothing is booked into it any more',
  description:
    "Keeps the month's figures with a checksum of its entries, which the audit holds them against. Months are closed in their order, once they are over and all that falls due in them is done. Closing one again answers what was kept.",
  tag,
  scope: 'write',
  mode: 'own',
  operator_only: true,
  params: z.strictObject({ month }),
  responses: { 200: z.strictObject({ month, data: z.array(closed_month) }) },
  errors: ['month_not_over', 'month_not_ready'],
  handler: async ({ services, tenant_id, caller, params, idempotency }) => {
    const asked = { tenant_id, month: params.month, closed_by: nameOf(caller) };
    const { body, replayed } = await closeOnce(services, asked, idempotency, (rows) => ({
      month: params.month,
      data: rows.map(closedView),
    }));
    return { status: 200, body, replayed };
  },
});

const getClosedRoute = defineRoute({
  method: 'GET',
  path: '/revenue/months/:month',
  operation_id: 'get_revenue_month',
  summary: 'What a closed month keeps, a row for each currency: none where it is not closed',
  tag,
  scope: 'read',
  mode: 'read',
  params: z.strictObject({ month }),
  responses: { 200: z.strictObject({ month, data: z.array(closed_month) }) },
  handler: async ({ tx, tenant_id, params }) => {
    const rows = await closedMonths(tx, tenant_id, params.month);
    return { status: 200, body: { month: params.month, data: rows.map(closedView) } };
  },
});

/** Who closes a month, as its record names them. */
function nameOf({ user_id, api_key_id }: Caller): string {
  return user_id === undefined ? `api_key ${api_key_id}` : `user ${user_id}`;
}

export const monthRoutes = [listMonthsRoute, getClosedRoute, closeRoute];
