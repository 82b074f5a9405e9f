import { z } from 'zod';
import type { Decision } from '../../decisions/index.ts';
import { fail } from '../../errors/index.ts';
import { LIMIT_MAX } from '../../rate-limits/index.ts';
import { defineRoute, requestKey, text, tokensInUse, uuid } from '../index.ts';
import { rateLimitHeaders } from '../rate-limit-headers.ts';

const decideRoute = defineRoute({
  method: 'POST',
  path: '/decisions',
  operation_id: 'decide',
  summary: 'Decide once about a call: key, limits and tokens, all or nothing',
  description:
    'The key is looked up, the limits are looked at, the tokens are held, and the limits are counted. Only an allowed decision stays and is replayed; a refusal frees tokens and request_id. Where a spend cap that blocks is reached, a call that would be billed is refused. The call itself is neither limited nor counted.',
  tag: 'Decisions',
  scope: 'write',
  // The limits may be in another store, which is asked between two transactions.
  mode: 'own',
  exempt: true,
  body: z
    .strictObject({
      api_key: text(512).meta({ description: 'The key that the call was made with.' }),
      request_id: requestKey,
      endpoint: text(255).optional().meta({ description: "The route's pattern." }),
      cost: z
        .int()
        .min(1)
        .max(LIMIT_MAX)
        .default(1)
        .meta({ description: 'Multiplied by that of each policy.' }),
      tokens: tokensInUse.optional().meta({ description: 'Tokens to hold; it takes a feature_type.' }),
      feature_type: text(63).optional(),
    })
    .refine((body) => body.tokens === undefined || body.feature_type !== undefined, {
      path: ['feature_type'],
      message: 'is needed with tokens',
    }),
  responses: { 200: z.strictObject({ allowed: z.literal(true), hold_id: uuid.optional() }) },
  errors: [
    'decision_key_invalid',
    'tokens_insufficient',
    'spend_cap_reached',
    'feature_unknown',
    'request_id_reused',
    'cost_too_high',
  ],
  handler: async ({ tenant_id, caller: { operator }, body, idempotency, services }) => {
    const decided = await services.decisions.decide(body, { tenant_id, operator }, idempotency);
    if (decided.decision !== 'allowed') return refuse(decided);
    const { hold_id, replayed, policies } = decided;
    const answer = hold_id === undefined ? { allowed: true as const } : { allowed: true as const, hold_id };
    return { status: 200, body: answer, replayed, headers: rateLimitHeaders(policies) };
  },
});

function refuse(decided: Exclude<Decision, { decision: 'allowed' }>): never {
  switch (decided.decision) {
    case 'unauthenticated':
      return fail('decision_key_invalid', 'The api_key is not a valid key of a tenant that you act for.');
    case 'unfunded': {
      const { decision: _unfunded, ...figures } = decided;
      const { tokens_required, tokens_remaining } = figures;
      return fail(
        'tokens_insufficient',
        `${tokens_required} tokens are needed and ${tokens_remaining} are free`,
        figures,
      );
    }
    case 'capped': {
      const { decision: _capped, ...figures } = decided;
      const { limit_cents, spent_cents } = figures;
      return fail(
        'spend_cap_reached',
        `${spent_cents} cents are spent in this billing period, the cap is ${limit_cents}, and the call would cost more.`,
        figures,
      );
    }
    case 'limited': {
      const retry_after = decided.retry_after_seconds;
      const exceeded = decided.policies.filter((policy) => policy.exceeded).map((policy) => policy.name);
      return fail('rate_limited', `Beyond ${exceeded.join(' and ')}; again in ${retry_after} s.`, {
        retry_after,
      });
    }
    case 'unavailable': {
      const retry_after = decided.retry_after_seconds;
      if (decided.lacking === 'limits')
        return fail('limits_unavailable', 'The store of the rate limits does not answer.', { retry_after });
      return fail('database_unavailable', 'The database could not answer, so nothing was decided.', {
        retry_after,
      });
    }
  }
}

export const decisionRoutes = [decideRoute];
