import { sql } from 'kysely';
import type { TierPin } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import type { BillingPeriod } from './period.ts';

/** What the calls of a closed period were rated by, so that they can be rated again. */
export interface PeriodRating {
  tier: TierPin;
  /** What 1,000 calls cost where the tier does not say: a plain decimal in minor units. */
  price_cents_per_1k: string;
}

/** A closed period that was rated. */
export interface RatedPeriod
  extends Pick<BillingPeriod, 'period_id' | 'starts_at' | 'ends_at' | 'included_calls'> {
  /** The successful calls that lines have been made for so far. */
  rated_calls: bigint;
  rating: PeriodRating;
}

/** Keeps what a closed period was rated by, and for how many successful calls. */
export async function ratePeriod(
  tx: Tx,
  tenant_id: string,
  period_id: string,
  rated_calls: bigint,
  { tier, price_cents_per_1k }: PeriodRating,
): Promise<void> {
  await sql`
    update billing_periods set rated_calls = ${rated_calls}, rated_tier_owner_id = ${tier.tenant_id},
      rated_tier_name = ${tier.tier_name}, rated_tier_version = ${tier.version},
      rated_price_cents_per_1k = ${price_cents_per_1k}::numeric
    where tenant_id = ${tenant_id} and period_id = ${period_id} and status = 'closed'`.execute(tx);
}

/** Says that the lines of a rated period are by now for so many successful calls. */
export async function rateAgain(
  tx: Tx,
  tenant_id: string,
  period_id: string,
  rated_calls: bigint,
): Promise<void> {
  await sql`
    update billing_periods set rated_calls = ${rated_calls}
    where tenant_id = ${tenant_id} and period_id = ${period_id}`.execute(tx);
}

/** Keeps a period as it is until the transaction ends: nothing is recorded in it, corrected or billed meanwhile. */
export async function lockPeriod(tx: Tx, tenant_id: string, period_id: string): Promise<void> {
  await sql`
    select from billing_periods where tenant_id = ${tenant_id} and period_id = ${period_id} for update`.execute(
    tx,
  );
}

interface RatedRow extends Omit<RatedPeriod, 'rating'> {
  rated_tier_owner_id: string;
  rated_tier_name: string;
  rated_tier_version: number;
  price_cents_per_1k: string;
}

/**
 * Locks closed periods of a tenant, in the order of time, and answers those of them that were rated: what was closed
 * without a bill has none to correct.
 */
export async function lockRated(
  tx: Tx,
  tenant_id: string,
  period_ids: readonly string[],
): Promise<RatedPeriod[]> {
  const found = await sql<RatedRow>`
    select period_id, starts_at, ends_at, included_calls, rated_calls, rated_tier_owner_id, rated_tier_name,
      rated_tier_version, trim_scale(rated_price_cents_per_1k)::text as price_cents_per_1k
    from billing_periods
    where tenant_id = ${tenant_id} and period_id = any(${period_ids}::uuid[]) and status = 'closed'
    order by starts_at for update`.execute(tx);
  return found.rows
    .filter(({ rated_tier_owner_id }) => rated_tier_owner_id !== null)
    .map(({ rated_tier_owner_id, rated_tier_name, rated_tier_version, price_cents_per_1k, ...period }) => ({
      ...period,
      rating: {
        tier: { tenant_id: rated_tier_owner_id, tier_name: rated_tier_name, version: rated_tier_version },
        price_cents_per_1k,
      },
    }));
}
