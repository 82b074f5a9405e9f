import type { SubscriptionTier } from '../catalog/index.ts';
import { type Json, toJson } from '../json/index.ts';
import {
  halfEven,
  type PriceModel,
  type PriceStep,
  parseDecimal,
  type Rational,
  rate,
} from '../money/index.ts';

/** What the calls of a billing period are rated by. */
export interface CallRating {
  /** Null where the period includes all calls. */
  included_calls: bigint | null;
  price: PriceModel;
  /** Whose price it is: the tier's and its version, or the platform's. */
  price_version: string;
}

/** The rating of a period: the price of the tier in the currency, else what 1,000 calls cost by default. */
export function callRating(
  tier: Pick<SubscriptionTier, 'api_call_prices' | 'tier_name' | 'version'>,
  currency: string,
  included_calls: bigint | null,
  price_cents_per_1k: string,
): CallRating {
  const own = tier.api_call_prices[currency];
  return {
    included_calls,
    price: own ?? perThousand(price_cents_per_1k),
    price_version: own === undefined ? 'default' : `${tier.tier_name}:${tier.version}`,
  };
}

/** Of so many successful calls of a period, those that are paid for. */
export function billableOf({ included_calls }: Pick<CallRating, 'included_calls'>, calls: bigint): bigint {
  return included_calls === null || calls <= included_calls ? 0n : calls - included_calls;
}

/**
 * What so many successful calls of a period cost in minor units, rounded half to even. Lines of one period are differences
 * of it, so however often its calls are corrected, its lines add up to what the calls cost in the end.
 */
export function callsCost(rating: CallRating, calls: bigint): { cents: bigint; steps: readonly PriceStep[] } {
  const { amount, steps } = exactCost(rating, calls);
  return { cents: halfEven(amount.numerator, amount.denominator), steps };
}

/** The same before it is rounded. */
export function exactCost(
  rating: CallRating,
  calls: bigint,
): { amount: Rational; steps: readonly PriceStep[] } {
  const billable = billableOf(rating, calls);
  // A flat price is due once there is something to pay for.
  if (billable === 0n) return { amount: { numerator: 0n, denominator: 1n }, steps: [] };
  return rate(rating.price, billable);
}

/** What every line of calls shows of its rating. */
export function explainRating({ included_calls, price, price_version }: CallRating): {
  [field: string]: Json;
} {
  return {
    included_calls: included_calls === null ? null : Number(included_calls),
    price: toJson(price),
    price_version,
  };
}

/** A price per thousand as one per unit, exactly. */
function perThousand(price_cents_per_1k: string): PriceModel {
  const { numerator, denominator } = parseDecimal(price_cents_per_1k);
  const digits = String(denominator * 1000n).length - 1;
  const padded = numerator.toString().padStart(digits + 1, '0');
  const unit_price_cents =
    `${padded.slice(0, -digits)}.${padded.slice(-digits)}`.replace(/\.?0+$/, '') || '0';
  return { model: 'per_unit', unit_price_cents };
}
