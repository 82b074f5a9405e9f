export { deletePolicy, type PolicyContext, putPolicy } from './change-policies.ts';
export { FailedSignIns } from './failed-sign-ins.ts';
export { LIMIT_MAX, WINDOW_SECONDS_MAX } from './gcra.ts';
export { POLICY_LEVELS, type PolicyRow, policyNamePattern, STORE_FAILURE_MODES } from './policy.ts';
export { listPolicies, requirePolicy } from './policy-rows.ts';
export {
  type LimitAnswer,
  type LimitSubject,
  nearestLimit,
  type PolicyFigures,
  RateLimits,
} from './rate-limits.ts';
export { RedisLimitStore } from './redis-store.ts';
