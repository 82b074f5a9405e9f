import { sql } from 'kysely';
import { LATENCY_BOUNDS_MS, NO_API_KEY } from '../../server/src/api-usage/index.ts';
import type { Database } from '../../server/src/db/index.ts';

/** How many calls a statement makes: memory and the time of one statement stay bounded. */
const CHUNK = 500_000;

/**
 * Fills a month with calls of tenants that are there, one of which has a fifth of all, and makes the rollups that
 * recording would have made. Made in SQL, because what is measured is reading.
 */
export async function fillCalls(
  db: Database,
  tenant_ids: readonly string[],
  month: string,
  calls: number,
): Promise<void> {
  await db.asOwner((tx) =>
    sql`
      insert into billing_periods (tenant_id, period_id, starts_at, ends_at, status, created_at)
      select tenant_id, tenant_id, ${month}::timestamptz, ${month}::timestamptz + interval '1 month', 'open', ${month}::timestamptz
      from unnest(${tenant_ids}::uuid[]) as tenant_id on conflict do nothing`.execute(tx),
  );
  for (let from = 0; from < calls; from += CHUNK) {
    await fillChunk(db, tenant_ids, month, from, Math.min(CHUNK, calls - from));
    tell(
      `${Math.min(100, Math.round((100 * (from + CHUNK)) / calls))}% of ${calls.toLocaleString('en')} calls`,
    );
  }
  tell('rollups and statistics');
  for (const statement of rollups) await db.asOwner((tx) => statement.execute(tx));
  await db.asOwner((tx) => sql`analyze`.execute(tx));
  tell('');
}

function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Calls spread evenly over 28 days, endpoints, statuses and keys; the tenant from a square, so few have many. */
async function fillChunk(
  db: Database,
  tenant_ids: readonly string[],
  month: string,
  from: number,
  calls: number,
): Promise<void> {
  await db.asOwner((tx) =>
    sql`
      with drawn as materialized (
        select n, case when n % 5 = 0 then 1 else 1 + floor(power(random(), 2) * ${tenant_ids.length})::int end as place,
          ${month}::timestamptz + make_interval(secs => floor(random() * 28 * 86400000) / 1000) as occurred_at,
          floor(random() * 20)::int as endpoint, random() as luck,
          round((8 * exp(2 * random() * random() * 2))::numeric, 3) as response_time_ms
        from generate_series(${from}::bigint, ${from + calls - 1}::bigint) as n
      ), call as (
        select *, (${tenant_ids}::uuid[])[place] as tenant_id from drawn
      ), keyed as (
        insert into api_usage_keys (tenant_id, source, id, recorded_at)
        select tenant_id, 'bench', 'call-' || n, occurred_at from call
      )
      insert into api_usage (tenant_id, occurred_at, api_usage_id, source, id, period_id, endpoint, method, status_code,
        response_time_ms, api_key_id, counted, recorded_at)
      select tenant_id, occurred_at, gen_random_uuid(), 'bench', 'call-' || n, tenant_id, '/resource/' || endpoint, 'GET',
        case when luck < 0.96 then 200 when luck < 0.99 then 404 else 500 end, response_time_ms,
        case when endpoint % 2 = 0 then tenant_id end, true, occurred_at
      from call`.execute(tx),
  );
}

const rollups = [
  sql`
    insert into api_usage_hours select tenant_id, date_trunc('hour', occurred_at, 'UTC'), period_id, count(*),
      count(*) filter (where status_code < 400), sum(response_time_ms), max(response_time_ms)
    from api_usage group by 1, 2, 3`,
  sql`
    insert into api_usage_latencies select tenant_id, date_trunc('hour', occurred_at, 'UTC'), period_id,
      width_bucket(response_time_ms, ${LATENCY_BOUNDS_MS}::numeric[]), count(*)
    from api_usage group by 1, 2, 3, 4`,
  sql`
    insert into api_usage_days (tenant_id, day, period_id, endpoint, method, status_code, api_key_id, total_calls,
      response_time_ms_total)
    select tenant_id, (occurred_at at time zone 'UTC')::date, period_id, endpoint, method, status_code,
      coalesce(api_key_id, ${NO_API_KEY}::uuid), count(*), sum(response_time_ms)
    from api_usage group by 1, 2, 3, 4, 5, 6, 7`,
];
