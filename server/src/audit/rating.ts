import { sql } from 'kysely';
import { callRating, callsCost } from '../api-usage/index.ts';
import type { Database, Tx } from '../db/index.ts';
import type { PriceModel } from '../money/index.ts';

/** What is audited of how API calls were billed. */
export const RATING_CHECK = {
  name: 'api_rating',
  says: 'every closed period was rated for the calls that it has, and its lines are what they cost at the terms of then',
} as const;

/** Periods that are read in one transaction. */
const PERIODS_PER_CHUNK = 500;

/** A period that was rated, with what the record says of it. */
interface AuditedPeriod {
  period_id: string;
  starts_at: Date;
  included_calls: bigint | null;
  rated_calls: bigint;
  price_cents_per_1k: string;
  currency: string;
  /** Null where the catalogue does not have the version that the period names. */
  tier: { tier_name: string; version: number; api_call_prices: Readonly<Record<string, PriceModel>> } | null;
  /** Successful calls by its rollups, less what unbilled corrections have changed of them. */
  counted_calls: bigint;
  /** What its lines come to, of whichever invoice: for its own calls, and for later corrections of them. */
  lines_cents: bigint;
}

/**
 * Rates every closed period of a tenant again, from its rollups, its corrections, the catalogue and its own row: not from
 * what lines say of themselves. Null where nothing differs; undefined where no period was rated.
 */
export async function auditRating(db: Database, tenant_id: string): Promise<string | null | undefined> {
  let after = new Date(0);
  let rated = 0;
  for (;;) {
    const chunk = await db.asJob((tx) => readPeriods(tx, tenant_id, after), { snapshot: true });
    rated += chunk.length;
    const difference = chunk.map(differingPeriod).find((one) => one !== undefined);
    if (difference !== undefined) return difference;
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < PERIODS_PER_CHUNK) return rated === 0 ? undefined : null;
    after = last.starts_at;
  }
}

/** Lines name their period in their source: `api_calls:P`, `adjustment:P` for late calls, `adjustment:R:P` on a later bill. */
async function readPeriods(tx: Tx, tenant_id: string, after: Date): Promise<AuditedPeriod[]> {
  const found = await sql<AuditedPeriod>`
    with period as (
      select * from billing_periods
      where tenant_id = ${tenant_id} and starts_at > ${after} and rated_tier_name is not null
      order by starts_at limit ${PERIODS_PER_CHUNK}
    ), line as (
      select substring(l.source_key from '[0-9a-f-]{36}$')::uuid as period_id, sum(l.amount_cents) as cents
      from invoice_lines l where l.tenant_id = ${tenant_id} and l.kind in ('api_calls', 'adjustment')
        and l.source_key ~ '^(api_calls|adjustment):'
      group by 1
    ), unbilled as (
      select period_id, sum(coalesce((status_code_after < 400)::integer, 0)
        - coalesce((status_code_before < 400)::integer, 0)) as calls
      from api_usage_corrections where tenant_id = ${tenant_id} and billed_period_id is null group by period_id
    ), rolled as (
      select h.period_id, sum(h.successful_calls) as calls
      from api_usage_hours h where h.tenant_id = ${tenant_id} and h.period_id in (select period_id from period)
      group by h.period_id
    )
    select p.period_id, p.starts_at, p.included_calls, p.rated_calls,
      trim_scale(p.rated_price_cents_per_1k)::text as price_cents_per_1k, n.currency,
      case when t.tier_name is not null then jsonb_build_object('tier_name', t.tier_name, 'version', t.version,
        'api_call_prices', t.api_call_prices) end as tier,
      (coalesce(rolled.calls, 0) - coalesce(unbilled.calls, 0))::bigint as counted_calls,
      coalesce(line.cents, 0)::bigint as lines_cents
    from period p
    join tenants n on n.tenant_id = p.tenant_id
    left join subscription_tiers t on t.tenant_id = p.rated_tier_owner_id and t.tier_name = p.rated_tier_name
      and t.version = p.rated_tier_version
    left join line on line.period_id = p.period_id
    left join unbilled on unbilled.period_id = p.period_id
    left join rolled on rolled.period_id = p.period_id
    order by p.starts_at`.execute(tx);
  return found.rows;
}

function differingPeriod(period: AuditedPeriod): string | undefined {
  const { period_id, rated_calls, counted_calls, lines_cents, tier } = period;
  const of_period = `billing period ${period_id}`;
  if (rated_calls !== counted_calls)
    return `${of_period}: rated_calls is ${rated_calls}, its calls and corrections say ${counted_calls}`;
  if (tier === null) return `${of_period} was rated by a tier that is in no catalogue`;
  const rating = callRating(tier, period.currency, period.included_calls, period.price_cents_per_1k);
  const { cents } = callsCost(rating, rated_calls);
  if (cents === lines_cents) return undefined;
  return `${of_period}: its lines are ${lines_cents}, rated again they are ${cents}`;
}
