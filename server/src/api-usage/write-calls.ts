import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { Places } from './places.ts';
import type { RolledCall, RollupColumns } from './rollups.ts';

/** A call that is new, with all that is kept of it. */
export interface NewCall extends RolledCall {
  api_usage_id: string;
  source: string;
  id: string;
  metadata: Record<string, unknown> | undefined;
}

/** The new calls of one tenant, and when they are recorded. */
export interface TenantCalls {
  tenant_id: string;
  now: Date;
  calls: readonly NewCall[];
}

/**
 * Writes calls and adds to their rollups in one statement. Arrays and not JSON: that is a third less for PostgreSQL to
 * read and no name of a column is sent twice. Times go as numbers, which are read in a fifth of the time of a text, and
 * what many calls have in common is sent once.
 */
export async function writeCalls(
  tx: Tx,
  tenants: readonly TenantCalls[],
  { hours, latencies, days }: RollupColumns,
): Promise<void> {
  const calls = tenants.flatMap((tenant) => tenant.calls);
  const [sources, periods, endpoints, methods] = [new Places(), new Places(), new Places(), new Places()];
  const source_places = calls.map(({ source }) => sources.of(source));
  const period_places = calls.map(({ period_id }) => periods.of(period_id));
  const endpoint_places = calls.map(({ endpoint }) => endpoints.of(endpoint));
  const method_places = calls.map(({ method }) => methods.of(method));
  await sql`
    with recorded as (
      insert into api_usage (tenant_id, occurred_at, api_usage_id, source, id, period_id, endpoint, method, status_code,
        response_time_ms, api_key_id, counted, metadata, recorded_at)
      select (${tenants.map(({ tenant_id }) => tenant_id)}::uuid[])[tenant], to_timestamp(occurred_ms / 1000), api_usage_id,
        (${sources.texts}::text[])[source], id, (${periods.texts}::uuid[])[period],
        (${endpoints.texts}::text[])[endpoint], (${methods.texts}::text[])[method], status_code, response_time_ms,
        api_key_id, counted, metadata, (${tenants.map(({ now }) => now)}::timestamptz[])[tenant]
      from unnest(${tenants.flatMap((tenant, place) => tenant.calls.map(() => place + 1))}::integer[],
        ${calls.map((call) => call.occurred_at.getTime())}::float8[], ${calls.map((call) => call.api_usage_id)}::uuid[],
        ${source_places}::integer[], ${calls.map((call) => call.id)}::text[], ${period_places}::integer[],
        ${endpoint_places}::integer[], ${method_places}::integer[], ${calls.map((call) => call.status_code)}::smallint[],
        ${calls.map((call) => call.response_time_us / 1000)}::numeric[],
        ${knownOnly(calls.map((call) => call.api_key_id))}::uuid[], ${calls.map((call) => call.counted)}::boolean[],
        ${knownOnly(calls.map((call) => call.metadata))}::jsonb[])
        as call (tenant, occurred_ms, api_usage_id, source, id, period, endpoint, method, status_code, response_time_ms,
          api_key_id, counted, metadata)
      returning 1
    ), added_to_hours as (
      insert into api_usage_hours as known (tenant_id, hour, period_id, total_calls, successful_calls,
        response_time_ms_total, response_time_ms_max)
      select tenant_id, to_timestamp(hour * 3600.0::float8), period_id, total_calls, successful_calls,
        round(us_total / 1000, 3), us_max / 1000
      from unnest(${hours.tenant_id}::uuid[], ${hours.hour}::integer[], ${hours.period_id}::uuid[],
        ${hours.total_calls}::bigint[], ${hours.successful_calls}::bigint[], ${hours.us_total}::numeric[],
        ${hours.us_max}::numeric[])
        as rolled (tenant_id, hour, period_id, total_calls, successful_calls, us_total, us_max)
      on conflict (tenant_id, hour, period_id) do update set
        total_calls = known.total_calls + excluded.total_calls,
        successful_calls = known.successful_calls + excluded.successful_calls,
        response_time_ms_total = known.response_time_ms_total + excluded.response_time_ms_total,
        response_time_ms_max = greatest(known.response_time_ms_max, excluded.response_time_ms_max)
    ), added_to_latencies as (
      insert into api_usage_latencies as known (tenant_id, hour, period_id, bucket, total_calls)
      select tenant_id, to_timestamp(hour * 3600.0::float8), period_id, bucket, total_calls
      from unnest(${latencies.tenant_id}::uuid[], ${latencies.hour}::integer[], ${latencies.period_id}::uuid[],
        ${latencies.bucket}::smallint[], ${latencies.total_calls}::bigint[])
        as rolled (tenant_id, hour, period_id, bucket, total_calls)
      on conflict (tenant_id, hour, period_id, bucket) do update set
        total_calls = known.total_calls + excluded.total_calls
    )
    insert into api_usage_days as known (tenant_id, day, endpoint, method, status_code, api_key_id, period_id,
      total_calls, response_time_ms_total)
    select tenant_id, date '1970-01-01' + day, endpoint, method, status_code, api_key_id, period_id, total_calls,
      round(us_total / 1000, 3)
    from unnest(${days.tenant_id}::uuid[], ${days.day}::integer[], ${days.endpoint}::text[], ${days.method}::text[],
      ${days.status_code}::smallint[], ${days.api_key_id}::uuid[], ${days.period_id}::uuid[],
      ${days.total_calls}::bigint[], ${days.us_total}::numeric[])
      as rolled (tenant_id, day, endpoint, method, status_code, api_key_id, period_id, total_calls, us_total)
    on conflict (tenant_id, day, endpoint, method, status_code, api_key_id, period_id) do update set
      total_calls = known.total_calls + excluded.total_calls,
      response_time_ms_total = known.response_time_ms_total + excluded.response_time_ms_total`.execute(tx);
}

/** None at all where all are undefined: what an array lacks, unnest() makes null. */
function knownOnly<Value>(values: readonly (Value | undefined)[]): readonly (Value | undefined)[] {
  return values.every((value) => value === undefined) ? [] : values;
}
