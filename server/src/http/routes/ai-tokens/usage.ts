import { z } from 'zod';
import { listUsage, summarizeUsage } from '../../../ai-tokens/index.ts';
import {
  defineRoute,
  listOf,
  metadata,
  metadataOut,
  pageOf,
  requestKey,
  text,
  time,
  timedListQuery,
  timeOut,
  tokensInUse,
  total,
  uuid,
} from '../../index.ts';

const use = z.strictObject({
  usage_id: uuid,
  tokens_used: total,
  feature_type: z.string(),
  balance_after: total.meta({ description: 'tokens_remaining after the use.' }),
  receipt: z.string().meta({ description: 'Where the receipt of this use is.' }),
});

export const useRoute = defineRoute({
  method: 'POST',
  path: '/ai-tokens/usage',
  operation_id: 'use_ai_tokens',
  summary: 'Use AI tokens',
  description:
    'Takes tokens for a feature, once for each request_id. Where they do not suffice nothing is taken.',
  tag: 'AI tokens',
  scope: 'write',
  mode: 'own',
  body: z.strictObject({
    tokens_used: tokensInUse,
    feature_type: text(63),
    request_id: requestKey.optional(),
    user_id: text(255).optional(),
    metadata: metadata.optional(),
  }),
  responses: { 201: use, 200: use },
  errors: ['tokens_insufficient', 'feature_unknown', 'request_id_reused'],
  handler: ({ services, tenant_id, body, idempotency }) =>
    services.token_writer.write(tenant_id, { kind: 'use', use: body }, idempotency),
});

const filters = { feature_type: text(63).optional(), user_id: text(255).optional() };

export const listUsageRoute = defineRoute({
  method: 'GET',
  path: '/ai-tokens/usage',
  operation_id: 'list_ai_token_usage',
  summary: 'The history of use, newest first',
  tag: 'AI tokens',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({ ...timedListQuery, ...filters }),
  responses: {
    200: listOf(
      z.strictObject({
        usage_id: uuid,
        tokens_used: total,
        feature_type: z.string(),
        request_id: z.string().nullable(),
        user_id: z.string().nullable(),
        metadata: metadataOut,
        occurred_at: timeOut,
      }),
    ),
  },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after, ...filter } }) => {
    const rows = await listUsage(tx, tenant_id, { ...filter, after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.occurred_at, id: row.usage_id }));
    const data = page.data.map(
      ({ usage_id, tokens_used, feature_type, request_id, user_id, metadata: labels, occurred_at }) => ({
        usage_id,
        tokens_used,
        feature_type,
        request_id,
        user_id,
        metadata: labels,
        occurred_at,
      }),
    );
    return { status: 200, body: { data, next_cursor: page.next_cursor } };
  },
});

export const usageSummaryRoute = defineRoute({
  method: 'GET',
  path: '/ai-tokens/usage/summary',
  operation_id: 'summarize_ai_token_usage',
  summary: 'Tokens used in all and by feature, day (UTC) or user',
  description: 'Shortfall is included. At most 1,000 groups, those with the most tokens.',
  tag: 'AI tokens',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({
    group_by: z.enum(['feature_type', 'day', 'user_id']).default('feature_type'),
    from: time.optional(),
    to: time.optional(),
    ...filters,
  }),
  responses: {
    200: z.strictObject({
      tokens_used: total,
      uses: total,
      groups: z.array(z.strictObject({ key: z.string().nullable(), tokens_used: total, uses: total })),
    }),
  },
  handler: async ({ tx, tenant_id, query: { group_by, ...filter } }) => ({
    status: 200,
    body: await summarizeUsage(tx, tenant_id, filter, group_by),
  }),
});
