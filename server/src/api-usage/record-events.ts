import { sql } from 'kysely';
import { holdPeriods } from '../billing/index.ts';
import type { Tx } from '../db/index.ts';
import { capEndpoints } from './cap-endpoints.ts';
import { EVENTS_MAX, refusalOfTime, type UsageEvent } from './event.ts';
import { LATENCY_BOUNDS_MS } from './latency.ts';

/** Whose calls these are, and when they are recorded. */
export interface RecordContext {
  tenant_id: string;
  now: Date;
  newId(at: Date): string;
}

/** How many events were new, and how many had been recorded before or stood in the batch twice. */
export interface Recorded {
  accepted: number;
  duplicates: number;
}

/** Stands where a call had no key: a part of a primary key is never null. */
export const NO_API_KEY = '00000000-0000-0000-0000-000000000000';

/**
 * Records finished calls of the transaction's tenant, each once, with their rollups: all or nothing. Their times must
 * have passed refusalOfTime(), their fields the bounds of UsageEvent; at most EVENTS_MAX.
 */
export async function recordEvents(
  tx: Tx,
  context: RecordContext,
  events: readonly UsageEvent[],
): Promise<Recorded> {
  if (events.length > EVENTS_MAX) throw new RangeError(`${events.length} events are more than ${EVENTS_MAX}`);
  const unique = withoutTwins(events);
  if (unique.length === 0) return { accepted: 0, duplicates: 0 };
  const times = unique.map(({ occurred_at }) => occurred_at.getTime());
  const [earliest, latest] = [new Date(Math.min(...times)), new Date(Math.max(...times))];
  for (const time of [earliest, latest]) {
    if (refusalOfTime(time, context.now))
      throw new RangeError(`an event of ${time.toISOString()} cannot be recorded`);
  }
  const periods = await holdPeriods(tx, context, earliest, latest);
  const counted = await capEndpoints(tx, context.tenant_id, unique);
  const rows = counted.map((event) => ({
    ...event,
    api_usage_id: context.newId(event.occurred_at),
    period_id: periods.periodOf(event.occurred_at),
  }));
  const accepted = await insertRows(tx, context, rows);
  return { accepted, duplicates: events.length - accepted };
}

/** The first event of each source and id, in their order. */
function withoutTwins(events: readonly UsageEvent[]): UsageEvent[] {
  const seen = new Map<string, UsageEvent>();
  for (const event of events) {
    const name = `${event.source}\n${event.id}`;
    if (!seen.has(name)) seen.set(name, event);
  }
  return [...seen.values()];
}

interface UsageRow extends UsageEvent {
  api_usage_id: string;
  period_id: string;
}

/**
 * Keys, calls and rollups in one statement: what the keys let through is what everything else is made of. Rows are
 * written in the order of their keys, so that two batches wait for each other and never in a circle.
 */
async function insertRows(
  tx: Tx,
  { tenant_id, now }: RecordContext,
  rows: readonly UsageRow[],
): Promise<number> {
  const written = await sql<{ accepted: number }>`
    with event as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as event (source text, id text,
        api_usage_id uuid, occurred_at timestamptz, period_id uuid, endpoint text, method text, status_code smallint,
        response_time_ms numeric, api_key_id uuid, counted boolean, metadata jsonb)
    ), fresh as (
      insert into api_usage_keys (tenant_id, source, id, recorded_at)
      select ${tenant_id}::uuid, source, id, ${now}::timestamptz from event order by source collate "C", id collate "C"
      on conflict (tenant_id, source, id) do nothing returning source, id
    ), recorded as (
      insert into api_usage (tenant_id, occurred_at, api_usage_id, source, id, period_id, endpoint, method, status_code,
        response_time_ms, api_key_id, counted, metadata, recorded_at)
      select ${tenant_id}::uuid, occurred_at, api_usage_id, source, id, period_id, endpoint, method, status_code,
        round(response_time_ms, 3), api_key_id, counted, metadata, ${now}::timestamptz
      from event join fresh using (source, id)
      returning *
    ), rolled as (
      select *, date_trunc('hour', occurred_at, 'UTC') as hour, (occurred_at at time zone 'UTC')::date as day,
        width_bucket(response_time_ms, ${LATENCY_BOUNDS_MS}::numeric[]) as bucket
      from recorded where counted
    ), hours as (
      insert into api_usage_hours as known (tenant_id, hour, period_id, total_calls, successful_calls,
        response_time_ms_total, response_time_ms_max)
      select ${tenant_id}::uuid, hour, period_id, count(*), count(*) filter (where status_code < 400),
        sum(response_time_ms), max(response_time_ms)
      from rolled group by hour, period_id order by hour, period_id
      on conflict (tenant_id, hour, period_id) do update set
        total_calls = known.total_calls + excluded.total_calls,
        successful_calls = known.successful_calls + excluded.successful_calls,
        response_time_ms_total = known.response_time_ms_total + excluded.response_time_ms_total,
        response_time_ms_max = greatest(known.response_time_ms_max, excluded.response_time_ms_max)
    ), latencies as (
      insert into api_usage_latencies as known (tenant_id, hour, period_id, bucket, total_calls)
      select ${tenant_id}::uuid, hour, period_id, bucket, count(*)
      from rolled group by hour, period_id, bucket order by hour, period_id, bucket
      on conflict (tenant_id, hour, period_id, bucket) do update set
        total_calls = known.total_calls + excluded.total_calls
    ), days as (
      insert into api_usage_days as known (tenant_id, day, endpoint, method, status_code, api_key_id, period_id,
        total_calls, response_time_ms_total)
      select ${tenant_id}::uuid, day, endpoint, method, status_code, coalesce(api_key_id, ${NO_API_KEY}::uuid), period_id,
        count(*), sum(response_time_ms)
      from rolled group by 2, 3, 4, 5, 6, 7 order by 2, 3, 4, 5, 6, 7
      on conflict (tenant_id, day, endpoint, method, status_code, api_key_id, period_id) do update set
        total_calls = known.total_calls + excluded.total_calls,
        response_time_ms_total = known.response_time_ms_total + excluded.response_time_ms_total
    )
    select count(*)::integer as accepted from fresh`.execute(tx);
  return written.rows[0]?.accepted ?? 0;
}
