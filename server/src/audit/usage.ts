import { sql } from 'kysely';
import { LATENCY_BOUNDS_MS, NO_API_KEY } from '../api-usage/index.ts';
import type { Database, Tx } from '../db/index.ts';

/** What is audited of API usage, month by month: its name and what it says. */
export const USAGE_CHECKS = [
  {
    name: 'api_calls',
    says: 'every call has the key that it was counted once for, and a period it may stand in',
  },
  { name: 'api_rollups', says: 'every rollup of calls is what the calls, or the seal of their month, say' },
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
    const [calls, rollups] = await db.asJob(
      async (tx) => [
        await differingCall(tx, tenant_id, month),
        (await isSealed(tx, tenant_id, month))
          ? await differingSeal(tx, tenant_id, month)
          : await differingRollup(tx, tenant_id, month),
      ],
      { snapshot: true },
    );
    if (calls !== undefined) found.api_calls ??= calls;
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

/** Makes the rollups of a month again and compares them row by row; all in one statement, so the calls are read once. */
async function differingRollup(tx: Tx, tenant_id: string, month: string): Promise<string | undefined> {
  const found = await sql<{ difference: string }>`
    with call as materialized (
      select *, date_trunc('hour', occurred_at, 'UTC') as hour, (occurred_at at time zone 'UTC')::date as day,
        width_bucket(response_time_ms, ${LATENCY_BOUNDS_MS}::numeric[]) as bucket
      from api_usage where counted and ${ofMonth(tenant_id, month, 'occurred_at')}
    ), recorded as (
      select concat_ws(' ', 'hour', hour::text, period_id) as rollup, concat_ws(' ', count(*),
        count(*) filter (where status_code < 400), trim_scale(sum(response_time_ms)), trim_scale(max(response_time_ms))) as figures
      from call group by hour, period_id
      union all
      select concat_ws(' ', 'latency', hour::text, period_id, bucket), count(*)::text
      from call group by hour, period_id, bucket
      union all
      select concat_ws(' ', 'day', day, period_id, endpoint, method, status_code, coalesce(api_key_id, ${NO_API_KEY}::uuid)),
        concat_ws(' ', count(*), trim_scale(sum(response_time_ms)))
      from call group by day, period_id, endpoint, method, status_code, api_key_id
    ), stored as (
      select concat_ws(' ', 'hour', hour::text, period_id) as rollup, concat_ws(' ', total_calls, successful_calls,
        trim_scale(response_time_ms_total), trim_scale(response_time_ms_max)) as figures
      from api_usage_hours where ${ofMonth(tenant_id, month, 'hour')}
      union all
      select concat_ws(' ', 'latency', hour::text, period_id, bucket), total_calls::text
      from api_usage_latencies where ${ofMonth(tenant_id, month, 'hour')}
      union all
      select concat_ws(' ', 'day', day, period_id, endpoint, method, status_code, api_key_id),
        concat_ws(' ', total_calls, trim_scale(response_time_ms_total))
      from api_usage_days where tenant_id = ${tenant_id} and day >= ${month}::date
        and day < ${month}::date + interval '1 month'
    )
    select rollup || ' is ' || coalesce(stored.figures, 'missing') || ', the calls say '
      || coalesce(recorded.figures, 'nothing') as difference
    from recorded full join stored using (rollup)
    where recorded.figures is distinct from stored.figures order by 1 limit 1`.execute(tx);
  return found.rows[0]?.difference;
}
