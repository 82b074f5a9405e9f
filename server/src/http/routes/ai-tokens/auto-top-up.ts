import { z } from 'zod';
import { deleteAutoTopUp, PAUSED_REASONS, putAutoTopUp, readAutoTopUp } from '../../../auto-top-up/index.ts';
import { currency, defineRoute, timeOut, tokens, total } from '../../index.ts';

const path = '/ai-tokens/auto-top-up';
const tag = 'AI tokens';

const autoTopUp = z.strictObject({
  threshold_tokens: total,
  tokens_to_purchase: total,
  monthly_ceiling_cents: total,
  enabled: z.boolean(),
  currency,
  spent_cents: total.meta({
    description: 'By top-ups that began between month_starts_at and month_ends_at, paid or being paid.',
  }),
  month_starts_at: timeOut.meta({ description: "The calendar month of the billing details' time_zone." }),
  month_ends_at: timeOut,
  pending: z.boolean().meta({ description: 'Whether one is being paid.' }),
  last_attempt_at: timeOut.nullable(),
  last_failure: z.strictObject({ code: z.string(), reason: z.string(), at: timeOut }).nullable(),
  paused_reason: z.enum(PAUSED_REASONS).nullable().meta({ description: 'Why nothing is bought for now.' }),
  paused_until: timeOut.nullable().meta({
    description: 'null with a reason: until the settings or the default payment method change.',
  }),
  updated_at: timeOut,
});

export const getAutoTopUpRoute = defineRoute({
  method: 'GET',
  path,
  operation_id: 'get_auto_top_up',
  summary: 'How auto top-up of AI tokens is set, and how it stands',
  tag,
  scope: 'read',
  mode: 'read',
  responses: { 200: autoTopUp },
  handler: async ({ tx, tenant_id, services, now }) => ({
    status: 200,
    body: await readAutoTopUp(tx, services, { tenant_id, now }),
  }),
});

export const putAutoTopUpRoute = defineRoute({
  method: 'PUT',
  path,
  operation_id: 'put_auto_top_up',
  summary: 'Buy AI tokens whenever the balance falls below a threshold',
  description:
    'The default payment method is charged for tokens_to_purchase once tokens_remaining is below threshold_tokens, one purchase at a time and never for more than the ceiling in a calendar month. After a declined payment it pauses for an hour, after the second for a day, and after the third until the settings or the card change. Setting it again ends a pause.',
  tag,
  scope: 'write',
  mode: 'write',
  body: z.strictObject({
    threshold_tokens: tokens,
    tokens_to_purchase: tokens,
    monthly_ceiling_cents: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
    enabled: z.boolean().default(true),
  }),
  responses: { 200: autoTopUp },
  errors: ['price_too_small', 'amount_out_of_range'],
  handler: async ({ tx, tenant_id, services, now, body }) => {
    const terms = {
      threshold_tokens: BigInt(body.threshold_tokens),
      tokens_to_purchase: BigInt(body.tokens_to_purchase),
      monthly_ceiling_cents: BigInt(body.monthly_ceiling_cents),
      enabled: body.enabled,
    };
    return { status: 200, body: await putAutoTopUp(tx, services, { tenant_id, now }, terms) };
  },
});

export const deleteAutoTopUpRoute = defineRoute({
  method: 'DELETE',
  path,
  operation_id: 'delete_auto_top_up',
  summary: 'Buy AI tokens by themselves no more',
  description: 'One that is being paid is still credited, and counts against a ceiling that is set again.',
  tag,
  scope: 'write',
  mode: 'write',
  responses: { 204: z.undefined() },
  handler: async ({ tx, tenant_id }) => {
    await deleteAutoTopUp(tx, tenant_id);
    return { status: 204, body: undefined };
  },
});
