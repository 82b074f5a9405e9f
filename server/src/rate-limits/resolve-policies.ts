import {
  POLICY_LEVELS,
  type Policy,
  type PolicyLevel,
  type PolicyTerms,
  TIER_POLICY_NAME,
} from './policy.ts';

/** All that may limit a tenant's calls. */
export interface PolicySources {
  /** The tenant's own rows. */
  tenant: readonly PolicyTerms[];
  /** What its tier allows a minute; null for no such limit. */
  calls_per_minute: number | null;
  /** The root's rows, which are everybody's: with an endpoint of level `route`, without one of level `default`. */
  platform: readonly PolicyTerms[];
}

/** Which call it is about. */
export interface PolicySubject {
  /** Undefined for a call that has no key. */
  api_key_id?: string | undefined;
  /** The route's pattern; undefined for one that is not known. */
  endpoint?: string | undefined;
}

/**
 * The policies that hold for a call, in the order of their names. Those with different names hold together; of those
 * with one name the nearest replaces the others: key, tenant, tier, route, default.
 */
export function resolvePolicies(sources: PolicySources, subject: PolicySubject): Policy[] {
  const nearest = new Map<string, Policy>();
  for (const policy of candidates(sources)) {
    if (policy.api_key_id !== null && policy.api_key_id !== subject.api_key_id) continue;
    if (policy.endpoint !== null && policy.endpoint !== subject.endpoint) continue;
    const known = nearest.get(policy.name);
    if (known === undefined || distance(policy.level) < distance(known.level))
      nearest.set(policy.name, policy);
  }
  return [...nearest.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function distance(level: PolicyLevel): number {
  return POLICY_LEVELS.indexOf(level);
}

function* candidates({ tenant, calls_per_minute, platform }: PolicySources): Generator<Policy> {
  for (const row of tenant) yield { ...row, level: row.api_key_id === null ? 'tenant' : 'key' };
  if (calls_per_minute !== null) yield tierPolicy(calls_per_minute);
  for (const row of platform) yield { ...row, level: row.endpoint === null ? 'default' : 'route' };
}

function tierPolicy(limit: number): Policy {
  return {
    name: TIER_POLICY_NAME,
    limit,
    window_seconds: 60,
    cost: 1,
    endpoint: null,
    api_key_id: null,
    on_store_failure: 'local',
    level: 'tier',
  };
}
