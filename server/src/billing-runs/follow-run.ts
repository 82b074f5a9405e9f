import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { OwnHandler } from '../due-work/index.ts';
import { numberInvoices } from '../invoices/index.ts';
import type { BillingRun } from './billing-run.ts';
import { requireRun } from './billing-run.ts';
import { type BillingRunServices, isUnderWay, progressOf, type RunProgress } from './run-progress.ts';

/** How often a run is looked at that has something left to do, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** Ends a run once nothing of it is left, and its invoices have their numbers. */
export function billingRunFollower(services: BillingRunServices): OwnHandler {
  const { db } = services;
  return {
    kind: 'billing_run',
    runOwn: async ({ tenant_id, ref_id }, now) => {
      const run = await db.inTenant(tenant_id, (tx) => requireRun(tx, tenant_id, ref_id));
      if (run.status === 'done') return undefined;
      if (await isUnderWay(services, run)) return new Date(now.getTime() + LOOK_EVERY_MS);
      await numberInvoices(db);
      const progress = await progressOf(services, run);
      await db.inTenant(tenant_id, (tx) => endRun(tx, run, progress, now));
      return undefined;
    },
  };
}

async function endRun(
  tx: Tx,
  { tenant_id, billing_run_id }: BillingRun,
  { tenants_failed, invoices_made, totals }: RunProgress,
  now: Date,
): Promise<void> {
  await sql`
    update billing_runs set status = 'done', ended_at = ${now}, tenants_failed = ${tenants_failed},
      invoices_made = ${invoices_made}, totals = ${JSON.stringify(totals)}::jsonb
    where tenant_id = ${tenant_id} and billing_run_id = ${billing_run_id} and status = 'running'`.execute(tx);
}
