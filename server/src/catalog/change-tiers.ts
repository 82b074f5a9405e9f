import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { toJson } from '../json/index.ts';
import { type SubscriptionTier, type TierTerms, tierColumns } from './tier.ts';

/** The most tiers in one catalogue. */
const TIERS_MAX = 200;

/** Terms as a request says them: counts come as numbers. */
type SaidTerms = {
  [Term in keyof TierTerms]: bigint extends TierTerms[Term] ? TierTerms[Term] | number : TierTerms[Term];
};

/** A tier to make: what its first version says. */
export type NewTier = Pick<SubscriptionTier, 'tier_name'> & SaidTerms;

/** Makes a tier in the catalogue of the transaction's tenant. Fails with `tier_name_taken`, `tiers_too_many`. */
export async function createTier(
  tx: Tx,
  context: { tenant_id: string; now: Date; newId(at: Date): string },
  { tier_name, ...terms }: NewTier,
): Promise<SubscriptionTier> {
  const { tenant_id, now: created_at } = context;
  const counted = await sql<{ tiers: bigint }>`
    select count(distinct tier_id) as tiers from subscription_tiers where tenant_id = ${tenant_id}`.execute(
    tx,
  );
  if ((counted.rows[0]?.tiers ?? 0n) >= TIERS_MAX)
    fail('tiers_too_many', `A catalogue has at most ${TIERS_MAX} tiers.`);
  const tier_id = context.newId(created_at);
  const made = await insertVersion(tx, { tenant_id, tier_id, tier_name, version: 1, created_at, ...terms });
  return made ?? fail('tier_name_taken', `The catalogue has a tier "${tier_name}" already.`);
}

/**
 * Makes the next version of a tier in the catalogue of the transaction's tenant; what is left out stays as it was.
 * Who is on an earlier version stays on it. Fails with `not_found`.
 */
export async function reviseTier(
  tx: Tx,
  tenant_id: string,
  tier_id: string,
  changes: { [Term in keyof SaidTerms]?: SaidTerms[Term] | undefined },
): Promise<SubscriptionTier> {
  const found = await sql<SubscriptionTier>`
    select ${tierColumns} from subscription_tiers where tenant_id = ${tenant_id} and tier_id = ${tier_id}
    order by version desc limit 1`.execute(tx);
  const before = found.rows[0] ?? fail('not_found', 'The catalogue has no such tier.');
  const said = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const next = { ...before, ...said, version: before.version + 1 };
  return (
    (await insertVersion(tx, next)) ??
    fail(
      'tier_revised_meanwhile',
      `Somebody else has just made version ${next.version} of "${before.tier_name}".`,
    )
  );
}

/** Undefined where the version, or the name, is there already. */
async function insertVersion(
  tx: Tx,
  tier: Omit<SubscriptionTier, keyof TierTerms> & SaidTerms,
): Promise<SubscriptionTier | undefined> {
  const json = (value: unknown) => sql`${JSON.stringify(toJson(value))}::jsonb`;
  const made = await sql<SubscriptionTier>`
    insert into subscription_tiers (${tierColumns})
    values (${tier.tenant_id}, ${tier.tier_id}, ${tier.tier_name}, ${tier.version}, ${tier.title}, ${tier.description},
      ${json(tier.prices)}, ${json(tier.features)}, ${tier.may_have_child_tenants}, ${tier.included_ai_tokens},
      ${tier.token_rollover_periods}, ${tier.included_api_calls}, ${json(tier.api_call_prices)},
      ${tier.calls_per_minute}, ${tier.archived}, ${tier.created_at})
    on conflict do nothing returning ${tierColumns}`.execute(tx);
  return made.rows[0];
}
