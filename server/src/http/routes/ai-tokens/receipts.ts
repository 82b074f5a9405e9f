import { z } from 'zod';
import { readReceipt } from '../../../ai-tokens/index.ts';
import { currency, defineRoute, metadataOut, timeOut, total, uuid } from '../../index.ts';

const receiptGrant = z.strictObject({
  grant_id: uuid,
  source: z.enum(['sold', 'given']),
  price_version: z.string().nullable(),
  price_cents: total,
  grant_tokens: total,
  tokens: total.meta({ description: 'What this use burned of the grant.' }),
  left_before: total,
  left_after: total,
  deferred_before_cents: total,
  deferred_after_cents: total,
  recognised_cents: total,
  arithmetic: z.string(),
});

export const receiptRoute = defineRoute({
  method: 'GET',
  path: '/ai-tokens/receipts/:usage_id',
  operation_id: 'get_ai_token_receipt',
  summary: 'The receipt of a use: grants burned, arithmetic, balance before and after',
  tag: 'AI tokens',
  scope: 'read',
  mode: 'read',
  params: z.strictObject({ usage_id: uuid }),
  responses: {
    200: z.strictObject({
      usage_id: uuid,
      occurred_at: timeOut,
      book_version: total,
      feature_type: z.string(),
      request_id: z.string().nullable(),
      hold_id: uuid.nullable(),
      user_id: z.string().nullable(),
      metadata: metadataOut,
      tokens_used: total,
      shortfall_tokens: total,
      shortfall_refused_tokens: total,
      balance_before: total,
      balance_after: total,
      currency,
      recognised_cents: total,
      grants: z.array(receiptGrant),
      replays: z.boolean().meta({ description: 'Whether computing it again gives what was booked.' }),
    }),
  },
  handler: async ({ tx, tenant_id, params }) => ({
    status: 200,
    body: await readReceipt(tx, tenant_id, params.usage_id),
  }),
});
