import { callRating, callsCost, successfulCallsOf } from '../api-usage/index.ts';
import { currentPeriod, type PresentPeriod } from '../billing/index.ts';
import { tierOf } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { featureLines, type UsagePriceDefaults } from '../invoices/index.ts';
import { sumPurchases } from '../ledger/index.ts';
import { requireTenant } from '../tenants/index.ts';

/** What a tenant has spent in its present billing period, in the minor unit of its currency and without tax. */
export interface Spending {
  period: PresentPeriod;
  currency: string;
  /** Tokens that were bought, paid or being paid, less what of them was paid back. */
  token_purchases_cents: bigint;
  /** Calls beyond the included ones. */
  api_calls_cents: bigint;
  /** Metered features beyond their limits. */
  features_cents: bigint;
  /** All of them. */
  spent_cents: bigint;
  /** Whether one more call would be billed. */
  calls_cost: boolean;
}

/** Adds up what a tenant has spent, by the prices and lines that its invoice will have. Fails with `not_found`. */
export async function readSpending(
  tx: Tx,
  prices: UsagePriceDefaults,
  { tenant_id, now }: { tenant_id: string; now: Date },
): Promise<Spending> {
  const { currency } = await requireTenant(tx, tenant_id);
  const period = await currentPeriod(tx, tenant_id, now);
  const range = { from: period.starts_at, to: period.ends_at };
  const { purchased_cents, refunded_cents } = await sumPurchases(tx, tenant_id, range);
  const token_purchases_cents = purchased_cents - refunded_cents;
  const usage = await usageOf(tx, prices, { tenant_id, currency }, period);
  const spent_cents = token_purchases_cents + usage.api_calls_cents + usage.features_cents;
  return { period, currency, token_purchases_cents, ...usage, spent_cents };
}

async function usageOf(
  tx: Tx,
  prices: UsagePriceDefaults,
  { tenant_id, currency }: { tenant_id: string; currency: string },
  { period_id, starts_at, ends_at, allowance_calls }: PresentPeriod,
): Promise<Pick<Spending, 'api_calls_cents' | 'features_cents' | 'calls_cost'>> {
  const tier = await tierOf(tx, tenant_id);
  const included_calls = allowance_calls ?? tier.included_api_calls;
  if (period_id === undefined)
    return { api_calls_cents: 0n, features_cents: 0n, calls_cost: included_calls === 0n };
  const period = { period_id, starts_at, ends_at, allowance_calls, included_calls, status: 'open' as const };
  const calls = await successfulCallsOf(tx, tenant_id, period_id);
  const rating = callRating(tier, currency, included_calls, prices.api_price_cents_per_1k);
  const features = await featureLines(tx, { tenant_id, currency }, period);
  const features_cents = features.reduce((sum, { amount_cents }) => sum + amount_cents, 0n);
  const calls_cost = included_calls !== null && calls >= included_calls;
  return { api_calls_cents: callsCost(rating, calls).cents, features_cents, calls_cost };
}
