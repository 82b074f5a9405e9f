/** What becomes of a call while the shared store does not answer: let in, refused with 503, or limited in this process. */
export const STORE_FAILURE_MODES = ['open', 'closed', 'local'] as const;
export type StoreFailureMode = (typeof STORE_FAILURE_MODES)[number];

/** The form of a policy's name. It stands in headers as it is, so it needs no quoting there. */
export const policyNamePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

/** The name of the policy that a tenant's tier brings. Only the operator replaces it. */
export const TIER_POLICY_NAME = 'requests_per_minute';

/** How many policies a tenant may have of its own. */
export const POLICIES_MAX = 50;

/** Who set a policy, the nearest first: of policies with one name only the nearest counts. */
export const POLICY_LEVELS = ['key', 'tenant', 'tier', 'route', 'default'] as const;
export type PolicyLevel = (typeof POLICY_LEVELS)[number];

/** What a policy asks for. */
export interface PolicyTerms {
  name: string;
  /** 1 to LIMIT_MAX of gcra.ts. */
  limit: number;
  /** 1 to WINDOW_SECONDS_MAX of gcra.ts. */
  window_seconds: number;
  /** What a call takes of the limit, 1 to the limit. */
  cost: number;
  /** The route's pattern that it is for; null for all. */
  endpoint: string | null;
  /** The key that it is for; null for all of the tenant. */
  api_key_id: string | null;
  on_store_failure: StoreFailureMode;
}

/** A row of `rate_limit_policies`. */
export interface PolicyRow extends PolicyTerms {
  /** The operator set it, so a tenant key does not change it. */
  set_by_operator: boolean;
  created_at: Date;
  updated_at: Date;
}

/** A policy in force for a call. */
export interface Policy extends PolicyTerms {
  level: PolicyLevel;
}
