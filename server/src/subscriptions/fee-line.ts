import type { SubscriptionTier } from '../catalog/index.ts';
import type { DraftLine } from '../invoices/index.ts';
import type { Subscription } from './subscription.ts';
import { priceVersion } from './tier-price.ts';

/** The fee of an interval, in advance; none where it costs nothing. */
export function feeLine(
  subscription: Pick<Subscription, 'subscription_id' | 'interval' | 'price_cents' | 'currency'>,
  tier: SubscriptionTier,
  starts_at: Date,
  ends_at: Date,
): DraftLine[] {
  const { subscription_id, interval, price_cents } = subscription;
  if (price_cents === 0n) return [];
  return [
    {
      kind: 'subscription',
      description: `${tier.title}, a ${interval}`,
      quantity: 1n,
      amount_cents: price_cents,
      starts_at,
      ends_at,
      deferred: true,
      source_key: `fee:${subscription_id}:${starts_at.toISOString()}`,
      explanation: {
        price_version: priceVersion(tier, subscription),
        price_cents: Number(price_cents),
        interval,
      },
    },
  ];
}
