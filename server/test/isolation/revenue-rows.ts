import { AT, idOf, LATER, type RowMaker } from './row-ids.ts';

/** How a row of each table about revenue looks. */
export const REVENUE_ROWS: Record<string, RowMaker> = {
  revenue_schedules: (tenant, number) => ({
    invoice_id: idOf(tenant, 0, 'invoice'),
    line_no: number + 1,
    currency: 'USD',
    amount_cents: 1,
    recognised_cents: 0,
    recognised_until: AT,
    starts_at: AT,
    ends_at: LATER,
    done: false,
  }),
  closed_months: (_tenant, number) => ({
    month: `${2000 + number}-01-01`,
    currency: 'USD',
    accounts: [],
    by_stream: {},
    entries: 0,
    checksum: '0'.repeat(64),
    closed_by: 'somebody',
    closed_at: AT,
  }),
};
