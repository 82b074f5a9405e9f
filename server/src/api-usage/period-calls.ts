import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** The successful calls of a billing period. */
export interface PeriodUsage {
  /** All of them, late ones included. */
  calls: bigint;
  /** Those that happened before the period began, as far as whole hours (UTC) tell. */
  late_calls: bigint;
  /** The hours that late calls lie in, from the beginning of the first to the end of the last; null without any. */
  late_from: Date | null;
  late_to: Date | null;
  /** The periods with corrections that no bill has taken into account yet, in the tenant's name, whichever they are. */
  corrected_period_ids: string[];
}

/** What a billing period's bill begins with, in one statement. */
export async function periodUsage(
  tx: Tx,
  tenant_id: string,
  { period_id, starts_at }: { period_id: string; starts_at: Date },
): Promise<PeriodUsage> {
  const found = await sql<PeriodUsage>`
    select coalesce(sum(successful_calls), 0)::bigint as calls,
      coalesce(sum(successful_calls) filter (where is_late), 0)::bigint as late_calls,
      min(hour) filter (where is_late) as late_from, max(hour) filter (where is_late) + interval '1 hour' as late_to,
      (select coalesce(array_agg(distinct period_id), '{}') from api_usage_corrections
        where tenant_id = ${tenant_id} and billed_period_id is null)::text[] as corrected_period_ids
    from (select successful_calls, hour,
        successful_calls > 0 and hour < date_trunc('hour', ${starts_at}::timestamptz, 'UTC') as is_late
      from api_usage_hours where tenant_id = ${tenant_id} and period_id = ${period_id}) as rolled`.execute(
    tx,
  );
  const usage = found.rows[0];
  if (usage === undefined) throw new Error('a sum without a row');
  return usage;
}

/** The successful calls that a billing period has, adjustments included. */
export async function successfulCallsOf(tx: Tx, tenant_id: string, period_id: string): Promise<bigint> {
  const found = await sql<{ calls: bigint }>`
    select coalesce(sum(successful_calls), 0)::bigint as calls from api_usage_hours
    where tenant_id = ${tenant_id} and period_id = ${period_id}`.execute(tx);
  return found.rows[0]?.calls ?? 0n;
}

/** Says with which period's bill the open corrections of some periods, which the caller has locked, were taken into account. */
export async function markCorrectionsBilled(
  tx: Tx,
  tenant_id: string,
  period_ids: readonly string[],
  billed_period_id: string,
): Promise<void> {
  await sql`
    update api_usage_corrections set billed_period_id = ${billed_period_id}
    where tenant_id = ${tenant_id} and period_id = any(${period_ids}::uuid[]) and billed_period_id is null`.execute(
    tx,
  );
}
