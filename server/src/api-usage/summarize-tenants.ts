import { sql } from 'kysely';
import { calendarMonth } from '../billing/index.ts';
import type { Tx } from '../db/index.ts';
import { HOUR_MS, widened } from './widened.ts';

/** The most tenants that an overview lists: those with the most calls. */
export const TENANTS_LISTED_MAX = 200;

interface Counts {
  total_calls: bigint;
  successful_calls: bigint;
  failed_calls: bigint;
}

export interface TenantsOverview extends Counts {
  from: Date;
  to: Date;
  /** How many tenants had calls. */
  active_tenants: bigint;
  tenants: (Counts & { tenant_id: string; name: string })[];
}

/**
 * The calls of all tenants, widened to whole hours; without times those of the calendar month (UTC) of `now`. `tx` is a
 * job's, which sees every tenant. It reads rollups alone.
 */
export async function summarizeTenants(
  tx: Tx,
  now: Date,
  query: { from?: Date | undefined; to?: Date | undefined },
): Promise<TenantsOverview> {
  const { starts_at, ends_at } = calendarMonth(now);
  const { from, to } = widened({ from: query.from ?? starts_at, to: query.to ?? ends_at }, HOUR_MS);
  // One statement, so that the total and its parts are of one moment.
  const found = await sql<Counts & { tenant_id: string | null; name: string | null; active_tenants: bigint }>`
    with counted as (
      select tenant_id, sum(total_calls)::bigint as total_calls, sum(successful_calls)::bigint as successful_calls
      from api_usage_hours where hour >= ${from} and hour < ${to} and total_calls > 0 group by tenant_id
    ), listed as (
      select tenant_id, total_calls, successful_calls, 1::bigint as active_tenants from counted
      order by total_calls desc, tenant_id limit ${TENANTS_LISTED_MAX}
    )
    select null as tenant_id, null as name, coalesce(sum(total_calls), 0)::bigint as total_calls,
      coalesce(sum(successful_calls), 0)::bigint as successful_calls,
      coalesce(sum(total_calls - successful_calls), 0)::bigint as failed_calls, count(*) as active_tenants
    from counted
    union all
    select tenant_id, name, total_calls, successful_calls, total_calls - successful_calls, active_tenants
    from listed join tenants using (tenant_id)
    order by tenant_id nulls first`.execute(tx);
  const [total, ...tenants] = found.rows;
  if (total === undefined) throw new Error('an overview without a row');
  const { total_calls, successful_calls, failed_calls, active_tenants } = total;
  return {
    from,
    to,
    total_calls,
    successful_calls,
    failed_calls,
    active_tenants,
    tenants: tenants
      .map(({ tenant_id, name, ...counts }) => ({
        tenant_id: tenant_id ?? '',
        name: name ?? '',
        total_calls: counts.total_calls,
        successful_calls: counts.successful_calls,
        failed_calls: counts.failed_calls,
      }))
      .sort((one, other) => Number(other.total_calls - one.total_calls)),
  };
}
