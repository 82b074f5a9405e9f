import { z } from 'zod';
import { HISTORY_DAYS_MAX, readBalance, readBalanceHistory } from '../../../ai-tokens/index.ts';
import { TallystickError } from '../../../errors/index.ts';
import { defineRoute, time, timeOut, total } from '../../index.ts';
import { grant } from './grants.ts';

const counters = {
  tokens_purchased: total,
  tokens_granted: total,
  tokens_refunded: total,
  tokens_used: total,
  tokens_held: total,
  tokens_expired: total,
  tokens_remaining: total,
  tokens_shortfall: total,
};

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
      ...counters,
      last_purchase_at: timeOut.nullable(),
      last_usage_at: timeOut.nullable(),
      grants: z.array(grant),
    }),
  },
  handler: async ({ tx, tenant_id, now }) => ({ status: 200, body: await readBalance(tx, tenant_id, now) }),
});

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

export const balanceHistoryRoute = defineRoute({
  method: 'GET',
  path: '/ai-tokens/balance/history',
  operation_id: 'get_ai_token_balance_history',
  summary: 'The balance at the end of each day (UTC), oldest first',
  description: `Today stands there as it is now. Without from and to the last ${DEFAULT_DAYS} days; ${HISTORY_DAYS_MAX} at most. An expiry counts on the day that booked it.`,
  tag: 'AI tokens',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({
    from: time.optional().meta({ description: 'The first day is the one of this time.' }),
    to: time.optional().meta({ description: 'Before this time; up to now without it.' }),
  }),
  responses: {
    200: z.strictObject({
      days: z.array(z.strictObject({ day: z.string().meta({ format: 'date' }), ...counters })),
    }),
  },
  handler: async ({ tx, tenant_id, query, now }) => {
    const to = query.to ?? new Date(now.getTime() + 1);
    const from = query.from ?? new Date(to.getTime() - (DEFAULT_DAYS - 1) * DAY_MS);
    if (to.getTime() - from.getTime() > (HISTORY_DAYS_MAX - 1) * DAY_MS) throw tooLong();
    return { status: 200, body: { days: await readBalanceHistory(tx, tenant_id, { from, to, now }) } };
  },
});

function tooLong(): TallystickError {
  const detail = `must be less than ${HISTORY_DAYS_MAX} days before to`;
  const errors = [{ in: 'query' as const, pointer: '/from', detail }];
  return new TallystickError('request_invalid', `query/from: ${detail}`, { errors });
}
