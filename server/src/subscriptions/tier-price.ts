import type { Interval, SubscriptionTier } from '../catalog/index.ts';
import { fail } from '../errors/index.ts';
import type { Subscription } from './subscription.ts';

/** What a tier costs in an interval, in minor units of a currency. Fails with `price_not_offered` where it is not sold so. */
export function priceOfTier(tier: SubscriptionTier, interval: Interval, currency: string): bigint {
  const cents = tier.prices[currency]?.[interval];
  if (cents !== undefined) return BigInt(cents);
  const offered = Object.entries(tier.prices).flatMap(([code, prices]) =>
    Object.keys(prices).map((every) => `${code} a ${every}`),
  );
  return fail(
    'price_not_offered',
    `"${tier.tier_name}" has no price in ${currency} a ${interval}; ${
      offered.length === 0
        ? 'its price is agreed one by one (custom_price_cents)'
        : `it has ${offered.join(', ')}`
    }.`,
  );
}

/** Which price it is that somebody pays: of a version of a tier, or one of its own. */
export function priceVersion(
  { tier_name, version, prices }: SubscriptionTier,
  { interval, currency, price_cents }: Pick<Subscription, 'interval' | 'currency' | 'price_cents'>,
): string {
  const offered = prices[currency]?.[interval];
  return offered !== undefined && BigInt(offered) === price_cents ? `${tier_name}:${version}` : 'custom';
}
