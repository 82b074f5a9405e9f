import { z } from 'zod';
import { recentCalls } from '../../api-usage/index.ts';
import { fail } from '../../errors/index.ts';
import {
  deletePolicy,
  LIMIT_MAX,
  listPolicies,
  nearestLimit,
  POLICY_LEVELS,
  type PolicyFigures,
  policyNamePattern,
  putPolicy,
  requirePolicy,
  STORE_FAILURE_MODES,
  WINDOW_SECONDS_MAX,
} from '../../rate-limits/index.ts';
import {
  defineRoute,
  listOf,
  listQueryOf,
  pageOf,
  queryInteger,
  type Services,
  text,
  timeOut,
  total,
  uuid,
} from '../index.ts';

const tag = 'Rate limits';

const policyName = z
  .string()
  .regex(policyNamePattern, 'must have 1 to 63 of a-z, 0-9, _, . and -, and begin with a letter or digit');
const limitAmount = z.int().min(1).max(LIMIT_MAX);
const failureMode = z.enum(STORE_FAILURE_MODES);

const policy = z.strictObject({
  name: z.string(),
  limit: total,
  window_seconds: total,
  cost: total.meta({ description: 'What a call takes of the limit.' }),
  endpoint: z.string().nullable().meta({ description: "The route's pattern that it is for; null for all." }),
  api_key_id: uuid.nullable().meta({ description: 'The key that it is for; null for all.' }),
  on_store_failure: failureMode,
  set_by_operator: z.boolean(),
  created_at: timeOut,
  updated_at: timeOut,
});

const params = z.strictObject({ name: policyName });

const putPolicyRoute = defineRoute({
  method: 'PUT',
  path: '/rate-limit-policies/:name',
  operation_id: 'put_rate_limit_policy',
  summary: 'Set a rate-limit policy of the acting tenant',
  description:
    'In force at once in this process, within a second in others. Policies of different names hold together; of those with one name the nearest counts: key, tenant, tier, route, default. The tier brings requests_per_minute. Policies of the root are everybody’s. A tenant key sets policies of other names than those it was given.',
  tag,
  scope: 'write',
  mode: 'write',
  params,
  body: z.strictObject({
    limit: limitAmount.meta({ description: 'How much a full window takes.' }),
    window_seconds: z.int().min(1).max(WINDOW_SECONDS_MAX),
    cost: limitAmount.default(1).meta({ description: 'What a call takes of the limit, at most all of it.' }),
    endpoint: text(255).optional().meta({ description: "A route's pattern; without it all." }),
    api_key_id: uuid.optional().meta({ description: 'A key of the tenant; without it all.' }),
    on_store_failure: failureMode.default('local').meta({
      description:
        'While the shared store does not answer: let in, refused with 503, or limited in each process by itself.',
    }),
  }),
  responses: { 200: policy, 201: policy },
  errors: ['operator_only', 'rate_limit_policies_too_many'],
  handler: async ({ tx, tenant_id, caller: { operator }, params: { name }, body, now }) => {
    const { endpoint = null, api_key_id = null, ...terms } = body;
    const { created, policy: row } = await putPolicy(
      tx,
      { tenant_id, operator, now },
      { name, endpoint, api_key_id, ...terms },
    );
    return { status: created ? 201 : 200, body: row };
  },
});

const listPoliciesRoute = defineRoute({
  method: 'GET',
  path: '/rate-limit-policies',
  operation_id: 'list_rate_limit_policies',
  summary: 'The rate-limit policies of the acting tenant',
  description: 'Its own only. What else holds for it, GET /api-usage/rate-limit tells.',
  tag,
  scope: 'read',
  mode: 'read',
  query: z.strictObject(listQueryOf(policyName)),
  responses: { 200: listOf(policy) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after } }) => {
    const rows = await listPolicies(tx, tenant_id, { after, limit: limit + 1 });
    return { status: 200, body: pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.name })) };
  },
});

const getPolicyRoute = defineRoute({
  method: 'GET',
  path: '/rate-limit-policies/:name',
  operation_id: 'get_rate_limit_policy',
  summary: 'One rate-limit policy of the acting tenant',
  tag,
  scope: 'read',
  mode: 'read',
  params,
  responses: { 200: policy },
  handler: async ({ tx, tenant_id, params: { name } }) => ({
    status: 200,
    body: await requirePolicy(tx, tenant_id, name),
  }),
});

const deletePolicyRoute = defineRoute({
  method: 'DELETE',
  path: '/rate-limit-policies/:name',
  operation_id: 'delete_rate_limit_policy',
  summary: 'Take a rate-limit policy of the acting tenant away',
  tag,
  scope: 'write',
  mode: 'write',
  params,
  responses: { 204: z.undefined() },
  errors: ['operator_only'],
  handler: async ({ tx, tenant_id, caller: { operator }, params: { name }, now }) => {
    await deletePolicy(tx, { tenant_id, operator, now }, name);
    return { status: 204, body: undefined };
  },
});

const figures = {
  remaining: total.nullable().meta({ description: 'null where nothing limits the tenant.' }),
  used: total,
  exceeded: z.boolean().meta({ description: 'Whether one more call would be refused now.' }),
  reset_at: timeOut.meta({ description: 'When all of the limit is there again.' }),
};

const peekRoute = defineRoute({
  method: 'GET',
  path: '/api-usage/rate-limit',
  operation_id: 'peek_rate_limit',
  summary: 'How near a tenant is to its rate limits',
  description:
    'Looks and changes nothing. The figures at the top are those of the policy nearest its limit; with limit_per_hour they say how many of that many an hour the recorded calls of the last 60 minutes leave, those of a moment ago perhaps not yet among them.',
  tag,
  scope: 'read',
  // A store is asked, so no transaction may be open meanwhile.
  mode: 'own',
  exempt: true,
  query: z.strictObject({
    limit_per_hour: queryInteger(1, LIMIT_MAX).optional(),
    endpoint: text(255).optional().meta({ description: "Count in the policies of this route's pattern." }),
  }),
  responses: {
    200: z.strictObject({
      limit: total.nullable().meta({ description: 'null where nothing limits the tenant.' }),
      ...figures,
      policies: z.array(
        z.strictObject({
          name: z.string(),
          level: z.enum(POLICY_LEVELS),
          limit: total,
          window_seconds: total,
          ...figures,
          remaining: total,
          reset_after_seconds: total,
          retry_after_seconds: total,
        }),
      ),
    }),
  },
  handler: async ({ tenant_id, caller, query: { limit_per_hour, endpoint }, now, services }) => {
    const api_key_id = caller.tenant_id === tenant_id ? caller.api_key_id : undefined;
    const answer = await services.limits.peek({ tenant_id, api_key_id, endpoint });
    if (answer.outcome === 'unavailable')
      fail('limits_unavailable', 'The store of the rate limits does not answer.');
    const policies = answer.policies.map((policy) => withTime(policy));
    const nearest = nearestLimit(answer.policies);
    const none = { limit: null, remaining: null, used: 0, exceeded: false, reset_at: now };
    const { limit, remaining, used, exceeded, reset_at } =
      limit_per_hour !== undefined
        ? await ofTheLastHour(services, tenant_id, limit_per_hour, now)
        : nearest === undefined
          ? none
          : withTime(nearest);
    return { status: 200, body: { limit, remaining, used, exceeded, reset_at, policies } };
  },
});

function withTime({ reset_at_ms, ...figures }: PolicyFigures) {
  return { ...figures, reset_at: new Date(reset_at_ms) };
}

/** What the calls of the last hour leave of a limit that nobody set. */
async function ofTheLastHour({ db }: Services, tenant_id: string, limit: number, now: Date) {
  const { calls, gone_at } = await db.inTenant(tenant_id, (tx) => recentCalls(tx, tenant_id, now));
  const remaining = Math.max(0, limit - calls);
  return { limit, remaining, used: calls, exceeded: remaining === 0, reset_at: gone_at ?? now };
}

export const rateLimitRoutes = [
  putPolicyRoute,
  listPoliciesRoute,
  getPolicyRoute,
  deletePolicyRoute,
  peekRoute,
];
