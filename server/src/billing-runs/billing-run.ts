import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { DueKind } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';

/** The kinds of due work that a run is about. */
export const BILLING_KINDS: readonly DueKind[] = [
  'subscription_cycle',
  'billing_period_close',
  'invoice_finalization',
];

/** A row of `billing_runs`. */
export interface BillingRun {
  /** Whom it is about; of the root it is everybody. */
  tenant_id: string;
  billing_run_id: string;
  status: 'running' | 'done';
  /** How many tenants had something due when it started. */
  tenants_total: number;
  /** These three are kept when it ends, and null before. */
  tenants_failed: number | null;
  invoices_made: number | null;
  /** What the invoices come to, in minor units by currency. */
  totals: Record<string, number> | null;
  started_at: Date;
  ended_at: Date | null;
}

export const runColumns = sql`tenant_id, billing_run_id, status, tenants_total, tenants_failed, invoices_made, totals,
  started_at, ended_at`;

/** One run. Fails with `not_found`. */
export async function requireRun(tx: Tx, tenant_id: string, billing_run_id: string): Promise<BillingRun> {
  const found = await sql<BillingRun>`
    select ${runColumns} from billing_runs
    where tenant_id = ${tenant_id} and billing_run_id = ${billing_run_id}`.execute(tx);
  return found.rows[0] ?? fail('not_found', 'No such billing run.');
}

/** A page of a tenant's runs, newest first: after a position, at most `limit`. */
export async function listRuns(
  tx: Tx,
  tenant_id: string,
  { after, limit }: { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<BillingRun[]> {
  const page = await sql<BillingRun>`
    select ${runColumns} from billing_runs
    where tenant_id = ${tenant_id} and (${after?.id ?? null}::uuid is null
      or (started_at, billing_run_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by started_at desc, billing_run_id desc limit ${limit}`.execute(tx);
  return page.rows;
}
