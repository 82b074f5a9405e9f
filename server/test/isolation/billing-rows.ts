import { AT, idOf, type RowMaker } from './row-ids.ts';

/** How a row of each table of billing looks, beside the invoices themselves. */
export const BILLING_ROWS: Record<string, RowMaker> = {
  billing_runs: (tenant, number) => ({
    billing_run_id: idOf(tenant, number, 'billing run'),
    status: 'done',
    tenants_total: 0,
    tenants_failed: 0,
    invoices_made: 0,
    totals: {},
    started_at: AT,
    ended_at: AT,
  }),
  billing_cycles: () => ({ anchor_at: AT, time_zone: 'UTC', created_at: AT }),
  billed_sources: (tenant, number) => ({
    source_key: `line:${number}`,
    invoice_id: idOf(tenant, 0, 'invoice'),
    created_at: AT,
  }),
  customer_credits: () => ({ credit_cents: 1 }),
  invoice_numbers: (_tenant, number) => ({
    series: number === 0 ? 'invoice' : 'credit_note',
    prefix: 'INV-',
    next_number: 1,
  }),
};
