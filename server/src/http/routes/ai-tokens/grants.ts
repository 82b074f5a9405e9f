import { z } from 'zod';
import { bookContext, giveGrant } from '../../../ai-tokens/index.ts';
import { currency, defineRoute, text, time, timeOut, tokens, total, uuid } from '../../index.ts';

/** An open grant as its owner sees it. */
export const grant = z.strictObject({
  grant_id: uuid,
  transaction_id: uuid,
  source: z.enum(['sold', 'given']),
  priority: z.int(),
  expires_at: timeOut.nullable(),
  tokens: total,
  tokens_used: total,
  tokens_held: total,
  tokens_refunded: total,
  tokens_expired: total,
  tokens_remaining: total,
  price_cents: total,
  currency,
  reason: z.string().nullable(),
  created_at: timeOut,
});

export const giveGrantRoute = defineRoute({
  method: 'POST',
  path: '/ai-tokens/grants',
  operation_id: 'grant_ai_tokens',
  summary: 'Give AI tokens',
  description:
    'Tokens given, not sold: no revenue, no refund, and they repay no shortfall. Lower priorities burn first.',
  tag: 'AI tokens',
  scope: 'write',
  operator_only: true,
  mode: 'write',
  body: z.strictObject({
    tokens,
    reason: text(500),
    priority: z.int().min(0).max(1000).optional(),
    expires_at: time.optional(),
  }),
  responses: { 201: grant.extend({ balance: total }) },
  errors: ['amount_out_of_range'],
  handler: async ({ tx, services, tenant_id, body }) => ({
    status: 201,
    body: await giveGrant(tx, bookContext(services, tenant_id), body),
  }),
});
