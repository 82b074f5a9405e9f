import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { RecordedCall } from './find-call.ts';
import { latencyBucketOf } from './latency.ts';
import { NO_API_KEY } from './rollups.ts';

/** What a call counted as and is to count as; null where it does not count. */
export interface StatusChange {
  status_code_before: number | null;
  status_code_after: number | null;
}

/**
 * Takes a call out of its rollups as what it counted as, and puts it in as what it is to count as. The largest response
 * time of an hour stays: it is that of all calls. The caller has locked the call's period, so nobody adds to its rollups
 * meanwhile. Throws where the rollups do not have the call.
 */
export async function correctRollups(
  tx: Tx,
  tenant_id: string,
  call: RecordedCall,
  { status_code_before, status_code_after }: StatusChange,
): Promise<void> {
  const { occurred_at, period_id, endpoint, method, response_time_ms } = call;
  const calls = counted(status_code_after) - counted(status_code_before);
  const successful = succeeded(status_code_after) - succeeded(status_code_before);
  const day = sql`(${occurred_at}::timestamptz at time zone 'UTC')::date`;
  const ofHour = sql`tenant_id = ${tenant_id} and period_id = ${period_id}
    and hour = date_trunc('hour', ${occurred_at}::timestamptz, 'UTC')`;
  const api_key_id = call.api_key_id ?? NO_API_KEY;
  const changed = await sql<{ rows: number }>`
    with hour as (
      update api_usage_hours set total_calls = total_calls + ${calls}::bigint,
        successful_calls = successful_calls + ${successful}::bigint,
        response_time_ms_total = response_time_ms_total + ${calls}::numeric * ${response_time_ms}::numeric
      where ${ofHour} returning 1
    ), latency as (
      update api_usage_latencies set total_calls = total_calls + ${calls}::bigint
      where ${ofHour} and bucket = ${latencyBucketOf(Number(response_time_ms))} returning 1
    ), left_day as (
      update api_usage_days set total_calls = total_calls - 1,
        response_time_ms_total = response_time_ms_total - ${response_time_ms}::numeric
      where tenant_id = ${tenant_id} and day = ${day} and period_id = ${period_id} and endpoint = ${endpoint}
        and method = ${method} and api_key_id = ${api_key_id} and status_code = ${status_code_before}::smallint
      returning 1
    ), joined_day as (
      insert into api_usage_days as known (tenant_id, day, endpoint, method, status_code, api_key_id, period_id,
        total_calls, response_time_ms_total)
      select ${tenant_id}::uuid, ${day}, ${endpoint}, ${method}, ${status_code_after}::smallint, ${api_key_id}::uuid,
        ${period_id}::uuid, 1, ${response_time_ms}::numeric
      where ${status_code_after}::smallint is not null
      on conflict (tenant_id, day, endpoint, method, status_code, api_key_id, period_id) do update set
        total_calls = known.total_calls + excluded.total_calls,
        response_time_ms_total = known.response_time_ms_total + excluded.response_time_ms_total
      returning 1
    )
    select count(*)::integer as rows from (select 1 from hour union all select 1 from latency
      union all select 1 from left_day union all select 1 from joined_day) as changed`.execute(tx);
  const expected = 2 + counted(status_code_before) + counted(status_code_after);
  if (changed.rows[0]?.rows !== expected) throw new Error(`the rollups lack a call of ${tenant_id}`);
}

function counted(status_code: number | null): number {
  return status_code === null ? 0 : 1;
}

/** Successful is what is below 400, as in every rollup. */
function succeeded(status_code: number | null): number {
  return status_code !== null && status_code < 400 ? 1 : 0;
}
