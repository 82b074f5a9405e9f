import { sql } from 'kysely';
import { currentPeriod } from '../billing/index.ts';
import { pinnedTier, type SubscriptionTier, type TierPin, tierOf } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { currencyDigits, formatDecimal, type Rational } from '../money/index.ts';
import { requireTenant } from '../tenants/index.ts';
import { billableOf, callRating, exactCost } from './call-rating.ts';
import { AGE_MS_MAX } from './event.ts';
import { type LatencyBucket, percentileMs } from './latency.ts';
import { NO_API_KEY } from './rollups.ts';
import { DAY_MS, HOUR_MS, widened } from './widened.ts';

/** What a summary can be grouped by. The first two read hours, the others whole days in UTC. */
export const USAGE_GROUPINGS = ['day', 'hour', 'endpoint', 'api_key_id', 'status_code'] as const;
export type ApiUsageGrouping = (typeof USAGE_GROUPINGS)[number];

/** The most groups of a summary: the latest days or hours, or else those with the most calls. */
export const USAGE_GROUPS_MAX = 1000;

/** What to summarise: the present billing period, or the calls of a stretch of time, `to` excluded. */
export interface SummaryQuery {
  from?: Date | undefined;
  to?: Date | undefined;
  group_by: ApiUsageGrouping;
}

/** Who asks, when, and what 1,000 billable calls cost in minor units, as a plain decimal. */
export interface SummaryContext {
  tenant_id: string;
  now: Date;
  api_price_cents_per_1k: string;
}

export interface UsageGroup {
  /** The day, hour, endpoint, key or status; null for calls without a key. */
  key: string | null;
  total_calls: number;
  successful_calls: number;
  failed_calls: number;
  avg_response_time_ms: number | null;
}

export interface ApiUsageSummary {
  /** Where the summary begins and ends: what was asked for, widened to whole hours or days. */
  from: Date;
  to: Date;
  total_calls: number;
  successful_calls: number;
  failed_calls: number;
  billable_calls: number;
  /** What the present billing period includes; null for all. */
  included_calls: number | null;
  cost: string;
  currency: string;
  /** Null without calls. */
  avg_response_time_ms: number | null;
  p50_response_time_ms: number | null;
  p95_response_time_ms: number | null;
  p99_response_time_ms: number | null;
  groups: UsageGroup[];
}

/** A tenant's calls in all and by group, from rollups alone, so that it costs the same whatever lies behind it. */
export async function summarizeApiUsage(
  tx: Tx,
  context: SummaryContext,
  query: SummaryQuery,
): Promise<ApiUsageSummary> {
  const { tenant_id, now } = context;
  const { currency } = await requireTenant(tx, tenant_id);
  const range = await rangeOf(tx, tenant_id, now, query);
  const read = await readRollups(tx, tenant_id, range, query.group_by);
  const tier = await tierOf(tx, tenant_id);
  const included = range.allowance_calls ?? tier.included_api_calls;
  const sum = (pick: (period: PeriodSums) => number) =>
    read.periods.reduce((total, period) => total + pick(period), 0);
  const total_calls = sum((period) => period.total_calls);
  const successful_calls = sum((period) => period.within);
  const bill = await billOf(tx, context, currency, tier, read.periods);
  const max_ms = Math.max(0, ...read.periods.map((period) => period.max_ms));
  return {
    from: range.from,
    to: range.to,
    total_calls,
    successful_calls,
    failed_calls: total_calls - successful_calls,
    billable_calls: Number(bill.billable_calls),
    included_calls: numberOrNull(included),
    cost: bill.cost,
    currency,
    avg_response_time_ms: average(
      sum((period) => period.total_ms),
      total_calls,
    ),
    p50_response_time_ms: percentileMs(read.buckets, 0.5, max_ms),
    p95_response_time_ms: percentileMs(read.buckets, 0.95, max_ms),
    p99_response_time_ms: percentileMs(read.buckets, 0.99, max_ms),
    groups: read.groups.map(({ key, total_calls: calls, successful_calls: successful, total_ms }) => ({
      key: key === NO_API_KEY ? null : key,
      total_calls: calls,
      successful_calls: successful,
      failed_calls: calls - successful,
      avg_response_time_ms: average(total_ms, calls),
    })),
  };
}

/**
 * What the calls within cost by the terms of their periods, in major units and unrounded: those of a closed period stay, and
 * so do those of one that was over when the tenant moved to another tier. What a period includes is taken in the order of
 * time, so the parts of a period add up to it, however it is cut.
 */
async function billOf(
  tx: Tx,
  { tenant_id, api_price_cents_per_1k }: SummaryContext,
  currency: string,
  present: SubscriptionTier,
  periods: readonly PeriodSums[],
): Promise<{ billable_calls: bigint; cost: string }> {
  let billable_calls = 0n;
  let cost: Rational = { numerator: 0n, denominator: 1n };
  const tiers = new Map([[keyOf(present), present]]);
  for (const { status, tier_pin, rated_price, before, within, ...period } of periods) {
    const pin = tier_pin ?? present;
    const tier = tiers.get(keyOf(pin)) ?? (await pinnedTier(tx, tenant_id, pin));
    tiers.set(keyOf(pin), tier);
    const own = period.included_calls === null ? null : BigInt(period.included_calls);
    const included = status === 'closed' ? own : (own ?? tier.included_api_calls);
    const rating = callRating(tier, currency, included, rated_price ?? api_price_cents_per_1k);
    const [from, to] = [BigInt(before), BigInt(before + within)];
    billable_calls += billableOf(rating, to) - billableOf(rating, from);
    cost = plus(cost, exactCost(rating, to).amount, 1n);
    cost = plus(cost, exactCost(rating, from).amount, -1n);
  }
  const { numerator, denominator } = cost;
  const digits = 10n ** BigInt(currencyDigits(currency));
  return { billable_calls, cost: formatDecimal({ numerator, denominator: denominator * digits }) };
}

function keyOf({ tenant_id, tier_name, version }: TierPin): string {
  return `${tenant_id} ${tier_name} ${version}`;
}

function plus(sum: Rational, { numerator, denominator }: Rational, sign: 1n | -1n): Rational {
  return {
    numerator: sum.numerator * denominator + sign * numerator * sum.denominator,
    denominator: sum.denominator * denominator,
  };
}

function numberOrNull(count: bigint | null): number | null {
  return count === null ? null : Number(count);
}

function average(total_ms: number, calls: number): number | null {
  return calls === 0 ? null : Math.round((total_ms / calls) * 1000) / 1000;
}

/** What is read: all usage of a period, adjustments included, or whatever happened between two times. */
interface Range {
  from: Date;
  to: Date;
  /** The time of the oldest usage to look at. */
  oldest: Date;
  /** The nil UUID for a period that has no usage yet; null for a stretch of time. */
  period_id: string | null;
  /** What the present period includes where that is not its tier's plain allowance. */
  allowance_calls: bigint | null;
}

/** An adjustment is older than its period by less than this. */
const ADJUSTED_MS = AGE_MS_MAX + DAY_MS;
const NO_PERIOD = '00000000-0000-0000-0000-000000000000';

async function rangeOf(tx: Tx, tenant_id: string, now: Date, query: SummaryQuery): Promise<Range> {
  const { allowance_calls, ...present } = await currentPeriod(tx, tenant_id, now);
  if (query.from === undefined && query.to === undefined) {
    const { starts_at, ends_at, period_id = NO_PERIOD } = present;
    const oldest = new Date(Math.max(0, starts_at.getTime() - ADJUSTED_MS));
    return { from: starts_at, to: ends_at, oldest, period_id, allowance_calls };
  }
  const range = widened(query, query.group_by === 'day' || query.group_by === 'hour' ? HOUR_MS : DAY_MS);
  return { ...range, oldest: range.from, period_id: null, allowance_calls };
}

interface PeriodSums {
  status: 'open' | 'closed';
  /** Of an open period null is what its tier includes, of a closed one all calls. */
  included_calls: number | null;
  /** Whose terms it was billed by or will be; null for the present ones. */
  tier_pin: TierPin | null;
  /** What 1,000 calls cost by default when it was billed. */
  rated_price: string | null;
  total_calls: number;
  before: number;
  within: number;
  total_ms: number;
  max_ms: number;
}

interface Rollups {
  periods: PeriodSums[];
  buckets: LatencyBucket[];
  groups: { key: string; total_calls: number; successful_calls: number; total_ms: number }[];
}

/**
 * Everything in one statement, so that totals, groups and latency are of one moment. Rollups whose calls were all
 * corrected away are there with nothing in them: they are no group.
 */
async function readRollups(
  tx: Tx,
  tenant_id: string,
  range: Range,
  group_by: ApiUsageGrouping,
): Promise<Rollups> {
  const { oldest, to, period_id } = range;
  const inRange = sql`tenant_id = ${tenant_id} and hour >= ${oldest} and hour < ${to}
    and (${period_id}::uuid is null or period_id = ${period_id}::uuid)`;
  const found = await sql<{ rollups: Rollups }>`
    with within as materialized (
      select * from api_usage_hours where ${inRange}
    ), period as (
      select p.status, case p.status when 'open' then p.allowance_calls else p.included_calls end as included_calls,
        case when coalesce(p.rated_tier_name, p.tier_name) is not null then jsonb_build_object(
          'tenant_id', coalesce(p.rated_tier_owner_id, p.tier_owner_id), 'tier_name', coalesce(p.rated_tier_name, p.tier_name),
          'version', coalesce(p.rated_tier_version, p.tier_version)) end as tier_pin,
        trim_scale(p.rated_price_cents_per_1k)::text as rated_price, w.*, coalesce((
          select sum(h.successful_calls) from api_usage_hours h
          where h.tenant_id = ${tenant_id} and h.period_id = w.period_id and h.hour < ${oldest}
            and h.hour >= p.starts_at - make_interval(secs => ${ADJUSTED_MS / 1000})), 0) as before
      from (select period_id, sum(total_calls) as total_calls, sum(successful_calls) as within,
              sum(response_time_ms_total) as total_ms, max(response_time_ms_max) as max_ms
            from within group by period_id) w
      join billing_periods p on p.tenant_id = ${tenant_id} and p.period_id = w.period_id
    ), latency as (
      select bucket, sum(total_calls) as total_calls from api_usage_latencies where ${inRange} and total_calls > 0
      group by bucket
    ), grouped as (${groupsOf(tenant_id, range, group_by)})
    select jsonb_build_object(
      'periods', (select coalesce(jsonb_agg(period), '[]') from period),
      'buckets', (select coalesce(jsonb_agg(latency order by bucket), '[]') from latency),
      'groups', (select coalesce(jsonb_agg(grouped order by place, total_calls desc, key), '[]') from grouped)) as rollups`.execute(
    tx,
  );
  const rollups = found.rows[0]?.rollups;
  if (rollups === undefined) throw new Error('a summary without a row');
  return rollups;
}

/** The groups with a `place` that orders them: by time, or all alike. */
function groupsOf(tenant_id: string, { oldest, to, period_id }: Range, group_by: ApiUsageGrouping) {
  if (group_by === 'day' || group_by === 'hour') {
    const form = group_by === 'day' ? 'YYYY-MM-DD' : 'YYYY-MM-DD"T"HH24:00:00.000"Z"';
    return sql`
      select key, key as place, sum(total_calls) as total_calls, sum(successful_calls) as successful_calls,
        sum(response_time_ms_total) as total_ms
      from (select *, to_char(hour at time zone 'UTC', ${form}) as key from within where total_calls > 0) as placed
      group by key order by key desc limit ${USAGE_GROUPS_MAX}`;
  }
  const column = sql.ref(group_by);
  return sql`
    select ${column}::text as key, '' as place, sum(total_calls) as total_calls,
      coalesce(sum(total_calls) filter (where status_code < 400), 0) as successful_calls,
      sum(response_time_ms_total) as total_ms
    from api_usage_days
    where tenant_id = ${tenant_id} and day >= ${dayOf(oldest, 0)}::date and day < ${dayOf(to, DAY_MS - 1)}::date
      and (${period_id}::uuid is null or period_id = ${period_id}::uuid) and total_calls > 0
    group by ${column} order by sum(total_calls) desc, ${column} limit ${USAGE_GROUPS_MAX}`;
}

/** The day (UTC) of a time that is moved on by milliseconds, as PostgreSQL reads it. */
function dayOf(at: Date, later_ms: number): string {
  return new Date(at.getTime() + later_ms).toISOString().slice(0, 10);
}
