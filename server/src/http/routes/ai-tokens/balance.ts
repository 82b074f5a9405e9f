import { z } from 'zod';
import { readBalance } from '../../../ai-tokens/index.ts';
import { defineRoute, timeOut, total } from '../../index.ts';
import { grant } from './grants.ts';

export const balanceRoute = defineRoute({
  method: 'GET',
  path: '/ai-tokens/balance',
  operation_id: 'get_ai_token_balance',
  summary: 'The balance, and the open grants in the order in which they burn',
  tag: 'AI tokens',
  scope: 'read',
  mode: 'read',
  responses: {
    200: z.strictObject({
      tokens_purchased: total,
      tokens_granted: total,
      tokens_refunded: total,
      tokens_used: total,
      tokens_held: total,
      tokens_expired: total,
      tokens_remaining: total,
      tokens_shortfall: total,
      last_purchase_at: timeOut.nullable(),
      last_usage_at: timeOut.nullable(),
      grants: z.array(grant),
    }),
  },
  handler: async ({ tx, tenant_id, now }) => ({ status: 200, body: await readBalance(tx, tenant_id, now) }),
});
