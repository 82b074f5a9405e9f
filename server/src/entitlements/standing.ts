import { readBalance } from '../ai-tokens/index.ts';
import { successfulCallsOf } from '../api-usage/index.ts';
import { currentPeriod, type PresentPeriod } from '../billing/index.ts';
import { type SubscriptionTier, tierOf } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { requireTenant } from '../tenants/index.ts';
import {
  type Entitlement,
  type EntitlementQuestion,
  metered,
  unknownFeature,
  unmetered,
} from './entitlement.ts';
import { usedInPeriod } from './store.ts';

/** What every tier has, whatever it names its features: they are counted elsewhere, and asked for in the same way. */
export const COUNTED_ELSEWHERE = ['ai_tokens', 'api_calls'] as const;
export type CountedElsewhere = (typeof COUNTED_ELSEWHERE)[number];

/** What a tenant's features follow from: its tier, and what its present billing period has used. */
export interface Standing {
  tenant_id: string;
  currency: string;
  tier: SubscriptionTier;
  period: PresentPeriod;
  /** By feature; what is not here is not used. */
  used: ReadonlyMap<string, number>;
}

/** Reads how a tenant stands at a time. Fails with `not_found`. */
export async function readStanding(tx: Tx, tenant_id: string, now: Date): Promise<Standing> {
  const { currency } = await requireTenant(tx, tenant_id);
  const tier = await tierOf(tx, tenant_id);
  const period = await currentPeriod(tx, tenant_id, now);
  const used =
    period.period_id === undefined ? new Map() : await usedInPeriod(tx, tenant_id, period.period_id);
  return { tenant_id, currency, tier, period, used };
}

/** What a standing says of a feature of the tier. */
export function entitlementTo(
  feature: string,
  { tier, currency, period, used }: Standing,
  question: EntitlementQuestion,
): Entitlement {
  const offered = Object.hasOwn(tier.features, feature) ? tier.features[feature] : undefined;
  if (offered === undefined) return unknownFeature(feature);
  if (offered.kind !== 'metered') return unmetered(feature, offered, question);
  const overage = offered.overage?.[currency] !== undefined;
  const use = { used: used.get(feature) ?? 0, resets_at: period.ends_at };
  return metered(feature, { limit: offered.limit, overage }, use, question);
}

/** The names of a tier's features that a tenant can ask for here, in the order of the alphabet. */
export function featuresOf({ tier }: Pick<Standing, 'tier'>): string[] {
  return [...new Set([...Object.keys(tier.features), ...COUNTED_ELSEWHERE])].sort();
}

export function isCountedElsewhere(feature: string): feature is CountedElsewhere {
  return (COUNTED_ELSEWHERE as readonly string[]).includes(feature);
}

/**
 * What a tenant may do with what is counted elsewhere, by a standing that was read just now. Nothing of it is kept: its
 * counters move with every call.
 */
export async function entitlementElsewhere(
  tx: Tx,
  feature: CountedElsewhere,
  standing: Standing,
  now: Date,
  question: EntitlementQuestion,
): Promise<Entitlement> {
  return feature === 'ai_tokens'
    ? await tokensOf(tx, standing, now, question)
    : await callsOf(tx, standing, question);
}

/** The balance, whoever paid for it: what is held counts as used, and nothing of it comes back with a period. */
async function tokensOf(
  tx: Tx,
  { tenant_id }: Standing,
  now: Date,
  question: EntitlementQuestion,
): Promise<Entitlement> {
  const { tokens_used, tokens_held, tokens_remaining } = await readBalance(tx, tenant_id, now);
  const used = Number(tokens_used + tokens_held);
  const limit = used + Number(tokens_remaining);
  return metered('ai_tokens', { limit, overage: false }, { used, resets_at: null }, question);
}

/** Successful calls against what the present period includes. More are always let in, and paid. */
async function callsOf(
  tx: Tx,
  { tenant_id, tier, period: { period_id, ends_at, allowance_calls } }: Standing,
  question: EntitlementQuestion,
): Promise<Entitlement> {
  const included = allowance_calls ?? tier.included_api_calls;
  const calls = period_id === undefined ? 0n : await successfulCallsOf(tx, tenant_id, period_id);
  const limit = included === null ? null : Number(included);
  const use = { used: Number(calls), resets_at: ends_at };
  return metered('api_calls', { limit, overage: limit !== null }, use, question);
}
