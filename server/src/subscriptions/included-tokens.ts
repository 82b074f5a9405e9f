import { type BookContext, giveGrant } from '../ai-tokens/index.ts';
import { cycleAt, cycleStart } from '../billing/index.ts';
import { pinnedTier, type SubscriptionTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { type Subscription, tierPinOf } from './subscription.ts';

/** What a tier that includes as many tokens as anybody needs grants in a billing period. */
export const UNLIMITED_TOKENS = 1_000_000_000n;

/** Included tokens burn before bought ones, which are 100. */
const INCLUDED_PRIORITY = 50;

/**
 * Grants the tokens that a billing period includes, from its start on. They last to its end, and as many periods longer
 * as the tier lets them roll over; those of a trial end with it. Answers the grant's id; none where the tier includes none.
 */
export async function grantIncluded(
  tx: Tx,
  context: BookContext,
  subscription: Subscription,
  at: Date,
): Promise<string[]> {
  const tier = await pinnedTier(tx, context.tenant_id, tierPinOf(subscription));
  return await grantTokens(tx, context, subscription, tier, includedTokens(tier), at);
}

/** The same for a number of tokens, as after a change in the middle of a period. */
export async function grantTokens(
  tx: Tx,
  context: BookContext,
  subscription: Subscription,
  tier: SubscriptionTier,
  tokens: bigint,
  at: Date,
): Promise<string[]> {
  if (tokens <= 0n) return [];
  const expires_at = expiryOf(subscription, tier, at);
  // Late work may grant what would have expired by now: nobody could have used it.
  if (expires_at !== undefined && expires_at <= context.now) return [];
  const reason = `Included in ${tier.title}`;
  const grant = await giveGrant(tx, context, {
    tokens: Number(tokens),
    reason,
    priority: INCLUDED_PRIORITY,
    expires_at,
  });
  return [grant.grant_id];
}

/** How many tokens a billing period of a tier includes. */
export function includedTokens({ included_ai_tokens }: SubscriptionTier): bigint {
  return included_ai_tokens ?? UNLIMITED_TOKENS;
}

function expiryOf(
  { anchor_at, time_zone, status, trial_ends_at }: Subscription,
  { token_rollover_periods }: SubscriptionTier,
  at: Date,
): Date | undefined {
  if (status === 'trialing' && trial_ends_at !== null) return trial_ends_at;
  if (token_rollover_periods === null) return undefined;
  const cycle = { anchor_at, time_zone };
  return cycleStart(cycle, 'month', cycleAt(cycle, 'month', at).n + 1 + token_rollover_periods);
}
