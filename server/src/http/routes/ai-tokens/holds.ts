import { z } from 'zod';
import { HOLD_TTL_SECONDS, type HoldRow, listHolds, requireHold } from '../../../ai-tokens/index.ts';
import {
  defineRoute,
  listOf,
  listQuery,
  pageOf,
  requestKey,
  text,
  timeOut,
  tokensInUse,
  total,
  uuid,
} from '../../index.ts';

const holdParams = z.strictObject({ hold_id: uuid });
const held = z.strictObject({ hold_id: uuid, tokens_held: total, expires_at: timeOut });

export const holdRoute = defineRoute({
  method: 'POST',
  path: '/ai-tokens/holds',
  operation_id: 'hold_ai_tokens',
  summary: 'Hold AI tokens before a model call',
  description:
    'Durable before it is answered. A hold pins the grants it will burn, also beyond their expiry.',
  tag: 'AI tokens',
  scope: 'write',
  mode: 'own',
  body: z.strictObject({
    tokens: tokensInUse,
    feature_type: text(63),
    request_id: requestKey,
    ttl_seconds: z.int().min(HOLD_TTL_SECONDS.min).max(HOLD_TTL_SECONDS.max).optional(),
    user_id: text(255).optional(),
  }),
  responses: { 201: held, 200: held },
  errors: ['tokens_insufficient', 'feature_unknown', 'request_id_reused'],
  handler: ({ services, tenant_id, body, idempotency }) =>
    services.token_writer.write(tenant_id, { kind: 'hold', hold: body }, idempotency),
});

export const settleHoldRoute = defineRoute({
  method: 'POST',
  path: '/ai-tokens/holds/:hold_id/settle',
  operation_id: 'settle_ai_token_hold',
  summary: 'Settle a hold with what was really used',
  description:
    'Above the hold it draws on the free balance; what is still missing is a shortfall up to the cap of the tenant, repaid first by the next purchase. An expired hold is settled too.',
  tag: 'AI tokens',
  scope: 'write',
  mode: 'own',
  exempt: true,
  params: holdParams,
  body: z.strictObject({ tokens_used: tokensInUse }),
  responses: {
    200: z.strictObject({
      usage_id: uuid,
      tokens_used: total,
      shortfall_tokens: total,
      shortfall_refused_tokens: total.optional(),
      balance_after: total,
      receipt: z.string(),
    }),
  },
  errors: ['hold_released', 'settlement_differs'],
  handler: ({ services, tenant_id, params: { hold_id }, body: { tokens_used }, idempotency }) =>
    services.token_writer.write(tenant_id, { kind: 'settle', hold_id, tokens_used }, idempotency),
});

export const releaseHoldRoute = defineRoute({
  method: 'POST',
  path: '/ai-tokens/holds/:hold_id/release',
  operation_id: 'release_ai_token_hold',
  summary: 'Release a hold unused',
  tag: 'AI tokens',
  scope: 'write',
  mode: 'own',
  exempt: true,
  params: holdParams,
  responses: { 200: z.strictObject({ hold_id: uuid, tokens_released: total, balance_after: total }) },
  errors: ['hold_settled'],
  handler: ({ services, tenant_id, params: { hold_id }, idempotency }) =>
    services.token_writer.write(tenant_id, { kind: 'release', hold_id }, idempotency),
});

const hold = z.strictObject({
  hold_id: uuid,
  status: z.enum(['held', 'expired', 'settled', 'released']),
  tokens: total,
  feature_type: z.string(),
  request_id: z.string(),
  user_id: z.string().nullable(),
  created_at: timeOut,
  expires_at: timeOut,
  grace_until: timeOut.meta({ description: 'When policy releases a hold that nobody ended.' }),
  ended_at: timeOut.nullable(),
  released_by: z.enum(['owner', 'policy']).nullable(),
  release_reason: z.string().nullable(),
  usage_id: uuid.nullable(),
});

function toHold(row: HoldRow) {
  const {
    grant_ids: _ids,
    grant_tokens: _tokens,
    settled_tokens: _settled,
    balance_after: _balance,
    ...view
  } = row;
  return view;
}

export const listHoldsRoute = defineRoute({
  method: 'GET',
  path: '/ai-tokens/holds',
  operation_id: 'list_ai_token_holds',
  summary: 'Holds, newest first',
  description:
    'With status=expired: the holds to reconcile, whose time is over and of which nobody said what became.',
  tag: 'AI tokens',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({
    ...listQuery,
    status: z.enum(['held', 'expired', 'settled', 'released']).optional(),
  }),
  responses: { 200: listOf(hold) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after, status } }) => {
    const rows = await listHolds(tx, tenant_id, { status, after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.hold_id }));
    return { status: 200, body: { data: page.data.map(toHold), next_cursor: page.next_cursor } };
  },
});

export const getHoldRoute = defineRoute({
  method: 'GET',
  path: '/ai-tokens/holds/:hold_id',
  operation_id: 'get_ai_token_hold',
  summary: 'One hold',
  tag: 'AI tokens',
  scope: 'read',
  mode: 'read',
  params: holdParams,
  responses: { 200: hold },
  handler: async ({ tx, tenant_id, params }) => ({
    status: 200,
    body: toHold(await requireHold(tx, tenant_id, params.hold_id)),
  }),
});
