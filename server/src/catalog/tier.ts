import { sql } from 'kysely';
import type { PriceModel } from '../money/index.ts';

/** How often a subscription's fee is due. */
export const INTERVALS = ['month', 'year'] as const;
export type Interval = (typeof INTERVALS)[number];

/** What a tier costs: by currency (ISO 4217) and interval, in minor units. What is not here is not sold. */
export type TierPrices = Readonly<Record<string, Partial<Record<Interval, number>>>>;

/** The price of what is used beyond the included: by currency. */
export type UsagePrices = Readonly<Record<string, PriceModel>>;

/**
 * What a tier says of a feature: that it is on or off, how many of something there may be at once, or how many uses a
 * billing period includes. A `limit` of null is none. Beyond the limit of a metered feature `overage` is paid; without a
 * price of the tenant's currency the limit is the end.
 */
export type TierFeature =
  | { kind: 'boolean'; enabled: boolean }
  | { kind: 'static'; limit: number | null }
  | { kind: 'metered'; limit: number | null; overage?: UsagePrices | undefined };

export type TierFeatures = Readonly<Record<string, TierFeature>>;

/** What one version of a tier says. It never changes. */
export interface TierTerms {
  title: string;
  description: string;
  prices: TierPrices;
  features: TierFeatures;
  may_have_child_tenants: boolean;
  /** AI tokens granted in each billing period; null for as many as anybody needs. */
  included_ai_tokens: bigint | null;
  /** How many billing periods longer than their own the included tokens last; null for ever. */
  token_rollover_periods: number | null;
  /** Successful API calls of a billing period that cost nothing; null where none costs anything. */
  included_api_calls: bigint | null;
  /** The price of calls beyond; without one of its currency the platform's price holds. */
  api_call_prices: UsagePrices;
  /** Calls a minute that its tenants may make; null for no such limit. */
  calls_per_minute: number | null;
  /** Nobody can move to it any more; who is on it stays. */
  archived: boolean;
}

/** A row of `subscription_tiers`: one version of a tier. `tenant_id` is whose catalogue it stands in. */
export interface SubscriptionTier extends TierTerms {
  tenant_id: string;
  tier_id: string;
  tier_name: string;
  version: number;
  created_at: Date;
}

/** Which version of whose tier a tenant is on. */
export type TierPin = Pick<SubscriptionTier, 'tenant_id' | 'tier_name' | 'version'>;

/** The columns of a SubscriptionTier. */
export const tierColumns = sql`tenant_id, tier_id, tier_name, version, title, description, prices, features,
  may_have_child_tenants, included_ai_tokens, token_rollover_periods, included_api_calls, api_call_prices,
  calls_per_minute, archived, created_at`;
