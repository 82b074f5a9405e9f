import type { BillingPeriod } from '../billing/index.ts';
import { pinnedTier, type SubscriptionTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { type FeatureOverage, featureOverages } from '../entitlements/index.ts';
import { type Json, toJson } from '../json/index.ts';
import { halfEven, type PriceStep, rate } from '../money/index.ts';
import type { DraftLine } from './invoice.ts';

/** What a closed period used of metered features beyond their limits, a line for each. */
export async function featureLines(
  tx: Tx,
  { tenant_id, currency }: { tenant_id: string; currency: string },
  period: BillingPeriod,
): Promise<DraftLine[]> {
  const lines: DraftLine[] = [];
  for (const overage of await featureOverages(tx, tenant_id, period.period_id)) {
    const rated_by = await pinnedTier(tx, tenant_id, overage.pin);
    lines.push(featureLine(rated_by, currency, period, overage));
  }
  return lines;
}

/**
 * What a period used of a metered feature beyond its limit, by the version of the tier that let it in. Pure, so that it can
 * be rated again. Throws where that version has no price for it: nothing beyond the limit is let in without one.
 */
function featureLine(
  tier: Pick<SubscriptionTier, 'features' | 'tier_name' | 'version'>,
  currency: string,
  { starts_at, ends_at, period_id }: Pick<BillingPeriod, 'starts_at' | 'ends_at' | 'period_id'>,
  {
    feature,
    used,
    overage_quantity: quantity,
  }: Pick<FeatureOverage, 'feature' | 'used' | 'overage_quantity'>,
): DraftLine {
  const offered = tier.features[feature];
  const model = offered?.kind === 'metered' ? offered.overage?.[currency] : undefined;
  if (model === undefined) throw new Error(`${tier.tier_name} ${tier.version} has no price for ${feature}`);
  const { amount, steps } = rate(model, quantity);
  return {
    kind: 'feature',
    description: `${feature} beyond the ${used - quantity} included`,
    quantity,
    amount_cents: halfEven(amount.numerator, amount.denominator),
    starts_at,
    ends_at,
    deferred: false,
    source_key: `feature:${period_id}:${feature}`,
    explanation: {
      used: Number(used),
      included: Number(used - quantity),
      price: toJson(model),
      price_version: `${tier.tier_name}:${tier.version}`,
      steps: explain(steps),
    },
  };
}

function explain(steps: readonly PriceStep[]): Json {
  return steps.map(({ of, quantity, unit_price_cents }) => ({
    of,
    quantity: Number(quantity),
    unit_price_cents,
  }));
}
