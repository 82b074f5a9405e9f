export { createTier, type NewTier, reviseTier } from './change-tiers.ts';
export { findTier, pinnedTier, tierOf } from './find-tier.ts';
export { listTiers } from './list-tiers.ts';
export {
  INTERVALS,
  type Interval,
  type SubscriptionTier,
  type TierFeature,
  type TierFeatures,
  type TierPin,
  type TierPrices,
  type TierTerms,
  type UsagePrices,
} from './tier.ts';
