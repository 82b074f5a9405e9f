export { ENTITLEMENT_KINDS, type Entitlement, type EntitlementQuestion } from './entitlement.ts';
export { Entitlements } from './entitlements.ts';
export {
  FEATURE_QUANTITY_MAX,
  type FeatureUse,
  type RecordedUse,
  recordFeatureUsage,
} from './record-feature-usage.ts';
export { type FeatureOverage, featureOverages } from './store.ts';
