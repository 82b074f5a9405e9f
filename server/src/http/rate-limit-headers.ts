import type { PolicyFigures } from '../rate-limits/index.ts';

/**
 * The headers of draft-ietf-httpapi-ratelimit-headers: what each policy allows (q a window of w seconds), what is left of
 * it (r), and in how many seconds, rounded up, all of it is there again (t). None where no policy holds. Names need no
 * escaping: see policyNamePattern.
 */
export function rateLimitHeaders(policies: readonly PolicyFigures[]): Record<string, string> {
  if (policies.length === 0) return {};
  return {
    'ratelimit-policy': policies
      .map((policy) => `"${policy.name}";q=${policy.limit};w=${policy.window_seconds}`)
      .join(', '),
    ratelimit: policies
      .map((policy) => `"${policy.name}";r=${policy.remaining};t=${policy.reset_after_seconds}`)
      .join(', '),
  };
}
