import { sql } from 'kysely';
import type { OffsetClock } from '../clock/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { countDueItems, countDueTenants, countFailedTenants, type Horizon } from '../due-work/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { BILLING_KINDS, type BillingRun } from './billing-run.ts';

/** What starting a run and counting what it has done takes. */
export interface BillingRunServices {
  db: Database;
  clock: OffsetClock;
  newId(at: Date): string;
}

/** A run with how far it is. */
export interface RunProgress {
  run: BillingRun;
  /** Of those that had something due: nothing is left of it, and nothing failed. */
  tenants_done: number;
  tenants_failed: number;
  invoices_made: number;
  totals: Record<string, number>;
}

/** How far a run is: as was kept of one that is done, else counted from what is due and what was made. */
export async function progressOf(services: BillingRunServices, run: BillingRun): Promise<RunProgress> {
  const { tenants_total, tenants_failed, invoices_made, totals } = run;
  if (tenants_failed !== null && invoices_made !== null && totals !== null)
    return { run, tenants_done: tenants_total - tenants_failed, tenants_failed, invoices_made, totals };
  const left = await tenantsLeft(services, run);
  const failed = await countFailedTenants(services.db, BILLING_KINDS, onlyTenantOf(run));
  const made = await services.db.asJob((tx) => countInvoices(tx, run));
  return { run, tenants_done: Math.max(0, tenants_total - left - failed), tenants_failed: failed, ...made };
}

/** How many tenants still have something of a run to do; those whose work failed and waits to be tried again do not count. */
export async function tenantsLeft(
  { db, clock }: BillingRunServices,
  run: Pick<BillingRun, 'tenant_id' | 'started_at'>,
): Promise<number> {
  return await countDueTenants(db, horizonOf(clock, run), BILLING_KINDS);
}

/** Whether anything of a run is left to do: cheap, however much that is. */
export async function isUnderWay(
  { db, clock }: BillingRunServices,
  run: Pick<BillingRun, 'tenant_id' | 'started_at'>,
): Promise<boolean> {
  return (await countDueItems(db, horizonOf(clock, run), BILLING_KINDS, 1)) > 0;
}

/** The one tenant that a run is about; undefined for all. */
function onlyTenantOf({ tenant_id }: Pick<BillingRun, 'tenant_id'>): string | undefined {
  return tenant_id === ROOT_TENANT_ID ? undefined : tenant_id;
}

function horizonOf(clock: OffsetClock, run: Pick<BillingRun, 'tenant_id' | 'started_at'>): Horizon {
  const only = onlyTenantOf(run);
  if (only !== undefined) return { own: new Map([[only, run.started_at]]), others: undefined };
  return {
    own: new Map(clock.owners().map((tenant_id) => [tenant_id, clock.now(tenant_id)])),
    others: run.started_at,
  };
}

async function countInvoices(
  tx: Tx,
  run: BillingRun,
): Promise<Pick<RunProgress, 'invoices_made' | 'totals'>> {
  const only = onlyTenantOf(run) ?? null;
  const { rows } = await sql<{ currency: string; invoices: number; cents: bigint }>`
    select currency, count(*)::integer as invoices, sum(total_cents)::bigint as cents from invoices
    where finalized_at >= ${run.started_at} and kind = 'invoice' and (${only}::uuid is null or tenant_id = ${only})
    group by currency order by currency`.execute(tx);
  return {
    invoices_made: rows.reduce((sum, { invoices }) => sum + invoices, 0),
    totals: Object.fromEntries(rows.map(({ currency, cents }) => [currency, Number(cents)])),
  };
}
