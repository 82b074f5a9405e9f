import { z } from 'zod';
import {
  listRuns,
  prepareRun,
  progressOf,
  type RunProgress,
  requireRun,
  startRun,
} from '../../billing-runs/index.ts';
import { httpKeyLifetimeMs, onceOnly } from '../../request-keys/index.ts';
import {
  currency,
  defineRoute,
  listOf,
  listQuery,
  pageOf,
  signedTotal,
  timeOut,
  total,
  uuid,
} from '../index.ts';

const tag = 'Billing';

const billingRun = z.strictObject({
  billing_run_id: uuid,
  status: z.enum(['running', 'done']),
  tenants_total: total.meta({ description: 'Tenants that had something due when it started.' }),
  tenants_done: total,
  tenants_failed: total.meta({ description: 'What failed is tried again, after the run has ended too.' }),
  invoices_made: total.meta({ description: 'Invoices that were finalized while it was under way.' }),
  total_cents: z.record(currency, signedTotal).meta({ description: 'What they come to, by currency.' }),
  started_at: timeOut,
  ended_at: timeOut.nullable(),
});

function view({ run, totals: total_cents, ...counts }: RunProgress) {
  const { billing_run_id, status, tenants_total, started_at, ended_at } = run;
  return { billing_run_id, status, tenants_total, ...counts, total_cents, started_at, ended_at };
}

const startRoute = defineRoute({
  method: 'POST',
  path: '/billing-runs',
  operation_id: 'start_billing_run',
  summary: 'Bill everything that is due now',
  description:
    'Renewals, and the usage of periods that are over, of all tenants; with the header Tallystick-Tenant of that one. It is due work, so it goes on in any server, also after a crash, and bills nothing twice. Where a run is under way, that one is answered. Payments fall due with the invoices.',
  tag,
  scope: 'write',
  operator_only: true,
  mode: 'own',
  body: z.strictObject({}),
  body_optional: true,
  responses: { 202: billingRun },
  handler: async ({ services: { db, billing_runs }, tenant_id, now, idempotency }) => {
    const expires_at = new Date(now.getTime() + httpKeyLifetimeMs);
    const reused_code = 'idempotency_key_reused' as const;
    const claim = idempotency && { ...idempotency, tenant_id, now, expires_at, reused_code };
    const prepared = await prepareRun(billing_runs, tenant_id);
    const answer = await db.inTenant(tenant_id, (tx) =>
      onceOnly(tx, claim, async () => ({ status: 202, body: await startRun(tx, billing_runs, prepared) })),
    );
    const { billing_run_id } = answer.body;
    const run = await db.inTenant(tenant_id, (tx) => requireRun(tx, tenant_id, billing_run_id));
    return { status: 202, body: view(await progressOf(billing_runs, run)), replayed: answer.replayed };
  },
});

const listRoute = defineRoute({
  method: 'GET',
  path: '/billing-runs',
  operation_id: 'list_billing_runs',
  summary: 'Billing runs, newest first',
  description: 'Those over all tenants; with the header Tallystick-Tenant those of that one.',
  tag,
  scope: 'read',
  operator_only: true,
  mode: 'own',
  query: z.strictObject(listQuery),
  responses: { 200: listOf(billingRun) },
  handler: async ({ services: { db, billing_runs }, tenant_id, query: { limit, cursor: after } }) => {
    const rows = await db.inTenant(tenant_id, (tx) => listRuns(tx, tenant_id, { after, limit: limit + 1 }));
    const page = pageOf(rows, limit, (row) => ({ time: row.started_at, id: row.billing_run_id }));
    // At most one of them is still counted.
    const progress = await Promise.all(page.data.map((run) => progressOf(billing_runs, run)));
    return { status: 200, body: { ...page, data: progress.map(view) } };
  },
});

const getRoute = defineRoute({
  method: 'GET',
  path: '/billing-runs/:billing_run_id',
  operation_id: 'get_billing_run',
  summary: 'A billing run and how far it is',
  tag,
  scope: 'read',
  operator_only: true,
  mode: 'own',
  params: z.strictObject({ billing_run_id: uuid }),
  responses: { 200: billingRun },
  handler: async ({ services: { db, billing_runs }, tenant_id, params: { billing_run_id } }) => {
    const run = await db.inTenant(tenant_id, (tx) => requireRun(tx, tenant_id, billing_run_id));
    return { status: 200, body: view(await progressOf(billing_runs, run)) };
  },
});

export const billingRunRoutes = [startRoute, listRoute, getRoute];
