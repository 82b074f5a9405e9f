import { sql } from 'kysely';
import { successfulCallsOf } from '../api-usage/index.ts';
import type { BillingPeriod } from '../billing/index.ts';
import { pinnedTier, type SubscriptionTier, tierOf } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { type FeatureOverage, featureOverages } from '../entitlements/index.ts';
import { type Json, toJson } from '../json/index.ts';
import { halfEven, type PriceModel, type PriceStep, parseDecimal, priceOf, rate } from '../money/index.ts';
import type { DraftLine } from './invoice.ts';

/** What 1,000 of each cost where no tier says another price: plain decimals in minor units. */
export interface UsagePriceDefaults {
  api_price_cents_per_1k: string;
  token_price_cents_per_1k: string;
}

/**
 * What a closed period used beyond what it included, as lines: API calls, features, and tokens that are still owed. The
 * tenant's tier is read where the caller does not have it.
 */
export async function usageLines(
  tx: Tx,
  tenant: { tenant_id: string; currency: string; tier?: SubscriptionTier },
  period: BillingPeriod,
  defaults: UsagePriceDefaults,
): Promise<DraftLine[]> {
  const tier = tenant.tier ?? (await tierOf(tx, tenant.tenant_id));
  const calls = await successfulCallsOf(tx, tenant.tenant_id, period.period_id);
  const features: DraftLine[] = [];
  for (const overage of await featureOverages(tx, tenant.tenant_id, period.period_id)) {
    const rated_by = await pinnedTier(tx, tenant.tenant_id, overage.pin);
    features.push(featureLine(rated_by, tenant.currency, period, overage));
  }
  const shortfall = await openShortfall(tx, tenant.tenant_id);
  return [
    ...apiCallsLine(tier, tenant.currency, period, calls, defaults),
    ...features,
    ...shortfallLine(period, shortfall, defaults),
  ];
}

/** The calls of a period beyond the included ones: none where it includes them all. Pure, so that it can be rated again. */
export function apiCallsLine(
  tier: Pick<SubscriptionTier, 'api_call_prices' | 'tier_name' | 'version'>,
  currency: string,
  period: BillingPeriod,
  calls: bigint,
  defaults: UsagePriceDefaults,
): DraftLine[] {
  const { included_calls, starts_at, ends_at, period_id } = period;
  if (included_calls === null || calls <= included_calls) return [];
  const quantity = calls - included_calls;
  const own = tier.api_call_prices[currency];
  const model = own ?? perThousand(defaults.api_price_cents_per_1k);
  const { amount, steps } = rate(model, quantity);
  return [
    {
      kind: 'api_calls',
      description: `API calls beyond the ${included_calls} included`,
      quantity,
      amount_cents: halfEven(amount.numerator, amount.denominator),
      starts_at,
      ends_at,
      deferred: false,
      source_key: `api_calls:${period_id}`,
      explanation: {
        successful_calls: Number(calls),
        included_calls: Number(included_calls),
        price: toJson(model),
        price_version: own === undefined ? 'default' : `${tier.tier_name}:${tier.version}`,
        steps: explain(steps),
      },
    },
  ];
}

/**
 * What a period used of a metered feature beyond its limit, by the version of the tier that let it in. Pure, so that it can
 * be rated again. Throws where that version has no price for it: nothing beyond the limit is let in without one.
 */
export function featureLine(
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

/** Tokens that were used beyond what was there: paying the line repays them. */
function shortfallLine(
  { starts_at, ends_at, period_id }: BillingPeriod,
  tokens: bigint,
  { token_price_cents_per_1k }: UsagePriceDefaults,
): DraftLine[] {
  if (tokens <= 0n) return [];
  const { cents: amount_cents } = priceOf(tokens, token_price_cents_per_1k);
  return [
    {
      kind: 'token_shortfall',
      description: 'AI tokens used beyond the balance',
      quantity: tokens,
      amount_cents,
      starts_at,
      ends_at,
      // Until it is paid, for that is when the tokens are sold.
      deferred: true,
      source_key: `token_shortfall:${period_id}`,
      explanation: {
        tokens: Number(tokens),
        price_version: `default:${token_price_cents_per_1k}_cents_per_1k`,
      },
    },
  ];
}

/** What a tenant owes in tokens, less what open invoices ask for already. */
async function openShortfall(tx: Tx, tenant_id: string): Promise<bigint> {
  const found = await sql<{ tokens: bigint }>`
    select coalesce((select tokens_shortfall from ai_token_balances where tenant_id = ${tenant_id}), 0)
      - coalesce((select sum(line.quantity) from invoice_lines line
          join invoices i on i.tenant_id = line.tenant_id and i.invoice_id = line.invoice_id
          where line.tenant_id = ${tenant_id} and line.kind = 'token_shortfall'
            and i.status in ('draft', 'finalized', 'uncollectible')), 0)::bigint as tokens`.execute(tx);
  return found.rows[0]?.tokens ?? 0n;
}

/** A price per thousand as one per unit, exactly. */
export function perThousand(price_cents_per_1k: string): PriceModel {
  const { numerator, denominator } = parseDecimal(price_cents_per_1k);
  const digits = String(denominator * 1000n).length - 1;
  const padded = numerator.toString().padStart(digits + 1, '0');
  const unit_price_cents =
    `${padded.slice(0, -digits)}.${padded.slice(-digits)}`.replace(/\.?0+$/, '') || '0';
  return { model: 'per_unit', unit_price_cents };
}

function explain(steps: readonly PriceStep[]): Json {
  return steps.map(({ of, quantity, unit_price_cents }) => ({
    of,
    quantity: Number(quantity),
    unit_price_cents,
  }));
}
