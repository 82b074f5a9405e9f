import type { FastifyReply } from 'fastify';
import { fail } from '../errors/index.ts';
import type { LimitAnswer } from '../rate-limits/index.ts';
import type { Route } from './define-route.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import type { Caller, KernelServices } from './services.ts';

/**
 * Counts a tenant key's call against the limits of its tenant, and says in headers what is left. Operators, sessions
 * and exempt routes are not limited. Fails with `rate_limited`, or `limits_unavailable` where a policy asks for that.
 */
export function limitRequest(
  services: Pick<KernelServices, 'limits'>,
  route: Route,
  caller: Caller,
  reply: FastifyReply,
): void | Promise<void> {
  const { tenant_id, api_key_id } = caller;
  // A person in front of the dashboard has no key, and is no use of the API.
  if (caller.operator || route.exempt === true || api_key_id === undefined) return;
  // The endpoint as it is recorded.
  const answer = services.limits.take({ tenant_id, api_key_id, endpoint: route.path });
  if (answer instanceof Promise) return answer.then((known) => sayLimit(known, reply));
  sayLimit(answer, reply);
}

function sayLimit(answer: LimitAnswer, reply: FastifyReply): void {
  reply.headers(rateLimitHeaders(answer.policies));
  if (answer.outcome === 'allowed') return;
  const retry_after = answer.retry_after_seconds;
  if (answer.outcome === 'unavailable')
    fail('limits_unavailable', 'The store of the rate limits does not answer.', { retry_after });
  const exceeded = answer.policies.filter((policy) => policy.exceeded).map((policy) => policy.name);
  fail('rate_limited', `Beyond ${exceeded.join(' and ')}; again in ${retry_after} s.`, { retry_after });
}
