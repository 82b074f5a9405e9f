import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { type BillingRun, runColumns } from './billing-run.ts';
import { ensureOwedPeriods } from './owed-periods.ts';
import { type BillingRunServices, tenantsLeft } from './run-progress.ts';

/** A run that can be started: what it will be about has been counted. */
export interface PreparedRun {
  tenant_id: string;
  started_at: Date;
  tenants_total: number;
}

/** Makes the periods that are missing and counts the tenants that have something due now, all or the one. */
export async function prepareRun(services: BillingRunServices, tenant_id: string): Promise<PreparedRun> {
  await ensureOwedPeriods(services);
  const started_at = services.clock.now(tenant_id);
  return { tenant_id, started_at, tenants_total: await tenantsLeft(services, { tenant_id, started_at }) };
}

/** Starts a prepared run in a transaction of its tenant, or joins the one that is under way. */
export async function startRun(
  tx: Tx,
  { newId }: Pick<BillingRunServices, 'newId'>,
  { tenant_id, started_at, tenants_total }: PreparedRun,
): Promise<BillingRun> {
  const made = await sql<BillingRun>`
    insert into billing_runs (tenant_id, billing_run_id, status, tenants_total, started_at)
    values (${tenant_id}, ${newId(started_at)}, 'running', ${tenants_total}, ${started_at})
    on conflict (tenant_id) where status = 'running' do nothing returning ${runColumns}`.execute(tx);
  const run = made.rows[0];
  if (run === undefined) return await requireRunning(tx, tenant_id);
  const { billing_run_id: ref_id } = run;
  await schedule(tx, { tenant_id, kind: 'billing_run', ref_id, next_due_at: started_at });
  return run;
}

async function requireRunning(tx: Tx, tenant_id: string): Promise<BillingRun> {
  const found = await sql<BillingRun>`
    select ${runColumns} from billing_runs where tenant_id = ${tenant_id} and status = 'running'`.execute(tx);
  const run = found.rows[0];
  if (run === undefined) throw new Error('a billing run ended in this very moment');
  return run;
}
