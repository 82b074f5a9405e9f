import { refusalOfTime } from '../api-usage/index.ts';
import { holdPeriods } from '../billing/index.ts';
import { tierOf } from '../catalog/index.ts';
import { publishChange, type Tx } from '../db/index.ts';
import { fail, TallystickError } from '../errors/index.ts';
import { bodyHash } from '../json/index.ts';
import { type OnceOnlyResult, onceOnly } from '../request-keys/index.ts';
import { requireTenant } from '../tenants/index.ts';
import { type Entitlement, metered } from './entitlement.ts';
import { COUNTED_ELSEWHERE, isCountedElsewhere } from './standing.ts';
import { addUse, type FeatureUsage, insertUse } from './store.ts';

/** The most that one use may have: 2^31-1, as of tokens. */
export const FEATURE_QUANTITY_MAX = 2_147_483_647;

/** A use that a host reports. */
export interface FeatureUse {
  feature: string;
  /** 1 to FEATURE_QUANTITY_MAX. */
  quantity: number;
  request_id: string;
  /** Now where it is left out. */
  occurred_at?: Date | undefined;
}

/** Who uses, when, and how ids are made. */
export interface UseContext {
  tenant_id: string;
  now: Date;
  newId(at: Date): string;
}

/** What was recorded, and how its billing period stands after it. */
export type RecordedUse = FeatureUsage & Pick<Entitlement, 'limit' | 'used' | 'remaining' | 'overage'>;

/**
 * Records a use of a metered feature, once for each request_id: a repeat gets the first answer. Fails with
 * `entitlement_exceeded` where it would pass a limit that nobody pays beyond, whoever else uses at the same time; with
 * `request_invalid` where the feature is not metered; and with the codes of the times of API calls.
 */
export async function recordFeatureUsage(
  tx: Tx,
  context: UseContext,
  use: FeatureUse,
): Promise<OnceOnlyResult<RecordedUse>> {
  const { tenant_id, now } = context;
  const { feature, quantity, request_id, occurred_at } = use;
  const claim = {
    tenant_id,
    namespace: 'feature_usage',
    key: request_id,
    body_hash: bodyHash({ feature, quantity, occurred_at: occurred_at?.toISOString() ?? null }),
    now,
    reused_code: 'request_id_reused',
  } as const;
  return await onceOnly(tx, claim, async () => ({ status: 201, body: await record(tx, context, use) }));
}

async function record(tx: Tx, context: UseContext, use: FeatureUse): Promise<RecordedUse> {
  const { tenant_id, now, newId } = context;
  const { feature, quantity, request_id, occurred_at = now } = use;
  refuseTime(occurred_at, now);
  const { currency } = await requireTenant(tx, tenant_id);
  const tier = await tierOf(tx, tenant_id);
  const offered = Object.hasOwn(tier.features, feature) ? tier.features[feature] : undefined;
  if (isCountedElsewhere(feature) || (offered !== undefined && offered.kind !== 'metered'))
    throw refuseFeature(feature);
  const limit = offered === undefined ? 0 : offered.limit;
  const overage = offered?.overage?.[currency] !== undefined;
  const periods = await holdPeriods(tx, newId, [
    { tenant_id, now, earliest: occurred_at, latest: occurred_at },
  ]);
  const period_id = periods.periodOf(tenant_id, occurred_at);
  const used = await addUse(tx, { tenant_id, period_id, feature, quantity });
  const overage_quantity = limit === null ? 0 : Math.min(quantity, Math.max(0, used - limit));
  if (overage_quantity > 0 && !overage) refuse(feature, tier.tier_name, { limit, used: used - quantity });
  const made = {
    feature_usage_id: newId(now),
    feature,
    period_id,
    quantity,
    overage_quantity,
    request_id,
    occurred_at,
  };
  await insertUse(tx, tenant_id, made, tier, now);
  await publishChange(tx, { topic: 'feature_usage', tenant_id });
  const { remaining } = metered(feature, { limit, overage }, { used, resets_at: null }, {});
  return { ...made, limit, used, remaining, overage };
}

function refuseTime(occurred_at: Date, now: Date): void {
  const code = refusalOfTime(occurred_at, now);
  if (code === undefined) return;
  const where = code === 'event_in_future' ? 'more than 5 minutes after' : 'more than 35 days before';
  fail(code, `${occurred_at.toISOString()} is ${where} ${now.toISOString()}.`);
}

function refuseFeature(feature: string): TallystickError {
  const detail = (COUNTED_ELSEWHERE as readonly string[]).includes(feature)
    ? 'is counted by the routes that use it'
    : 'is not a metered feature of the tier';
  return new TallystickError('request_invalid', `path/feature: ${detail}`, {
    errors: [{ in: 'path', pointer: '/feature', detail }],
  });
}

function refuse(
  feature: string,
  tier_name: string,
  { limit, used }: { limit: number | null; used: number },
): never {
  const remaining = Math.max(0, (limit ?? 0) - used);
  fail(
    'entitlement_exceeded',
    `The tier ${tier_name} includes ${limit} of ${feature} in a billing period, and ${used} are used.`,
    { feature, limit, used, remaining },
  );
}
