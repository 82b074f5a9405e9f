import { sql } from 'kysely';
import { LATENCY_BOUNDS_MS, NO_API_KEY } from '../api-usage/index.ts';
import type { Database, Tx } from '../db/index.ts';

/** What is audited of API usage, month by month: its name and what it says. */
export const USAGE_CHECKS = [
  {
    name: 'api_calls',
    says: 'every call has the key that it was counted once for, and a period it may stand in',
  },
  {
    name: 'api_corrections',
    says: 'every correction follows from its call and from the correction before it',
  },
  {
    name: 'api_rollups',
    says: 'every rollup is what the calls and their last corrections, or the seal of their month, say',
  },
] as const;

/** The first difference that each check found, by its name. */
export type UsageDifferences = Partial<Record<(typeof USAGE_CHECKS)[number]['name'], string>>;

/**
 * Compares a tenant's calls with what was made of them. A month is one transaction that sees one moment, so writers go
 * on meanwhile. Undefined where the tenant has no calls.
 */
export async function auditUsage(db: Database, tenant_id: string): Promise<UsageDifferences | undefined> {
  const months = await db.asJob((tx) => readMonths(tx, tenant_id));
  if (months.length === 0) return undefined;
  const found: UsageDifferences = {};
  for (const month of months) {
    const [calls, corrections, rollups] = await db.asJob(
      async (tx) => {
        const is_sealed = await isSealed(tx, tenant_id, month);
        return [
          await differingCall(tx, tenant_id, month),
          await differingCorrection(tx, tenant_id, month, is_sealed),
          is_sealed ? await differingSeal(tx, tenant_id, month) : await differingRollup(tx, tenant_id, month),
        ] as const;
      },
      { snapshot: true },
    );
    if (calls !== undefined) found.api_calls ??= calls;
    if (corrections !== undefined) found.api_corrections ??= corrections;
    if (rollups !== undefined) found.api_rollups ??= rollups;
  }
  return found;
}

/** The first days (UTC) of the months in which a tenant has calls, rollups or a seal. */
async function readMonths(tx: Tx, tenant_id: string): Promise<string[]> {
  const found = await sql<{ month: string }>`
    select date_trunc('month', occurred_at at time zone 'UTC')::date as month from api_usage where tenant_id = ${tenant_id}
    union select date_trunc('month', hour at time zone 'UTC')::date from api_usage_hours where tenant_id = ${tenant_id}
    union select date_trunc('month', hour at time zone 'UTC')::date from api_usage_latencies where tenant_id = ${tenant_id}
    union select date_trunc('month', day)::date from api_usage_days where tenant_id = ${tenant_id}
    union select month from api_usage_seals where tenant_id = ${tenant_id}
    order by 1`.execute(tx);
  return found.rows.map((row) => row.month);
}

/** The condition that a row is of the month, by a column that holds a time. */
function ofMonth(tenant_id: string, month: string, column: string) {
  return sql`${sql.ref(column)} >= ${month}::timestamp at time zone 'UTC'
    and ${sql.ref(column)} < (${month}::date + interval '1 month') at time zone 'UTC'
    and tenant_id = ${tenant_id}`;
}

/** A period that a subscription cut short may have what was under way then: at most an hour beyond its end. */
async function differingCall(tx: Tx, tenant_id: string, month: string): Promise<string | undefined> {
  const found = await sql<{ difference: string }>`
    select 'call ' || id || ' of ' || source || ': ' || case when key is null then 'has no key' when ends_at is null
      then 'stands in no period' else 'is later than its period' end as difference
    from (select u.id, u.source, k.id as key, p.ends_at, u.occurred_at
      from (select * from api_usage where ${ofMonth(tenant_id, month, 'occurred_at')}) u
      left join api_usage_keys k on k.tenant_id = u.tenant_id and k.source = u.source and k.id = u.id
      left join billing_periods p on p.tenant_id = u.tenant_id and p.period_id = u.period_id) call
    where key is null or ends_at is null or occurred_at >= ends_at + interval '1 hour' limit 1`.execute(tx);
  return found.rows[0]?.difference;
}

/** The calls of a sealed month may be gone, and then its corrections can only follow from each other. */
async function differingCorrection(
  tx: Tx,
  tenant_id: string,
  month: string,
  is_sealed: boolean,
): Promise<string | undefined> {
  const found = await sql<{ difference: string }>`
    select 'correction ' || correction_id || ': ' || case
      when sequence <> place then 'is not the next of its call'
      when place > 1 and status_code_before is distinct from after_before then 'does not follow from the one before it'
      when is_gone then 'has no call'
      when place = 1 and status_code <> status_code_before then 'does not follow from its call'
      else 'is of another call than it says' end as difference
    from (
      select c.*, u.status_code, u.api_usage_id is null as is_gone,
        row_number() over its as place, lag(c.status_code_after) over its as after_before,
        (c.occurred_at, c.period_id, c.endpoint, c.method, c.response_time_ms, coalesce(c.api_key_id, ${NO_API_KEY}::uuid))
          = (u.occurred_at, u.period_id, u.endpoint, u.method, u.response_time_ms, coalesce(u.api_key_id, ${NO_API_KEY}::uuid))
          as is_same
      from (select * from api_usage_corrections where ${ofMonth(tenant_id, month, 'occurred_at')}) c
      left join (select * from api_usage where counted and ${ofMonth(tenant_id, month, 'occurred_at')}) u
        on u.source = c.source and u.id = c.id
      window its as (partition by c.source, c.id order by c.sequence)) as correction
    where sequence <> place or (place > 1 and status_code_before is distinct from after_before)
      or (is_gone and not ${is_sealed}::boolean)
      or (not is_gone and (not is_same or (place = 1 and status_code <> status_code_before)))
    order by 1 limit 1`.execute(tx);
  return found.rows[0]?.difference;
}

async function isSealed(tx: Tx, tenant_id: string, month: string): Promise<boolean> {
  const found = await sql`
    select from api_usage_seals where tenant_id = ${tenant_id} and month = ${month}::date`.execute(tx);
  return found.rows.length > 0;
}

async function differingSeal(tx: Tx, tenant_id: string, month: string): Promise<string | undefined> {
  const found = await sql<{ difference: string }>`
    select 'the rollups of ' || month || ' are not what was sealed' as difference from api_usage_seals
    where tenant_id = ${tenant_id} and month = ${month}::date and not (
      checksum = api_usage_checksum(${tenant_id}, ${month}::date) and total_calls = (
        select coalesce(sum(total_calls), 0) from api_usage_hours where ${ofMonth(tenant_id, month, 'hour')}))`.execute(
    tx,
  );
  return found.rows[0]?.difference;
}

/**
 * Makes the rollups of a month again and compares them row by row; all in one statement, so the calls are read once. A
 * call counts as its last correction says. A voided one is in the largest time of its hour only, and a rollup that has
 * nothing left is as good as none.
 */
async function differingRollup(tx: Tx, tenant_id: string, month: string): Promise<string | undefined> {
  const found = await sql<{ difference: string }>`
    with correction as (
      select distinct on (source, id) source, id, status_code_after from api_usage_corrections
      where ${ofMonth(tenant_id, month, 'occurred_at')} order by source, id, sequence desc
    ), made as materialized (
      select u.*, case when c.id is null then u.status_code else c.status_code_after end as counted_status,
        date_trunc('hour', occurred_at, 'UTC') as hour, (occurred_at at time zone 'UTC')::date as day,
        width_bucket(response_time_ms, ${LATENCY_BOUNDS_MS}::numeric[]) as bucket
      from (select * from api_usage where counted and ${ofMonth(tenant_id, month, 'occurred_at')}) u
      left join correction c on c.source = u.source and c.id = u.id
    ), recorded as (
      select concat_ws(' ', 'hour', hour::text, period_id) as rollup, concat_ws(' ', count(counted_status),
        count(*) filter (where counted_status < 400),
        trim_scale(coalesce(sum(response_time_ms) filter (where counted_status is not null), 0)),
        trim_scale(max(response_time_ms))) as figures
      from made group by hour, period_id
      union all
      select concat_ws(' ', 'latency', hour::text, period_id, bucket), count(*)::text
      from made where counted_status is not null group by hour, period_id, bucket
      union all
      select concat_ws(' ', 'day', day, period_id, endpoint, method, counted_status, coalesce(api_key_id, ${NO_API_KEY}::uuid)),
        concat_ws(' ', count(*), trim_scale(sum(response_time_ms)))
      from made where counted_status is not null group by day, period_id, endpoint, method, counted_status, api_key_id
    ), stored as (
      select concat_ws(' ', 'hour', hour::text, period_id) as rollup, concat_ws(' ', total_calls, successful_calls,
        trim_scale(response_time_ms_total), trim_scale(response_time_ms_max)) as figures
      from api_usage_hours where ${ofMonth(tenant_id, month, 'hour')}
      union all
      select concat_ws(' ', 'latency', hour::text, period_id, bucket), total_calls::text
      from api_usage_latencies where ${ofMonth(tenant_id, month, 'hour')} and total_calls <> 0
      union all
      select concat_ws(' ', 'day', day, period_id, endpoint, method, status_code, api_key_id),
        concat_ws(' ', total_calls, trim_scale(response_time_ms_total))
      from api_usage_days where tenant_id = ${tenant_id} and day >= ${month}::date
        and day < ${month}::date + interval '1 month' and (total_calls <> 0 or response_time_ms_total <> 0)
    )
    select rollup || ' is ' || coalesce(stored.figures, 'missing') || ', the calls say '
      || coalesce(recorded.figures, 'nothing') as difference
    from recorded full join stored using (rollup)
    where recorded.figures is distinct from stored.figures order by 1 limit 1`.execute(tx);
  return found.rows[0]?.difference;
}
