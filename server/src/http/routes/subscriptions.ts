import { z } from 'zod';
import { readBillingDetails } from '../../billing-details/index.ts';
import { INTERVALS } from '../../catalog/index.ts';
import { fail } from '../../errors/index.ts';
import { LINE_KINDS, numberInvoices } from '../../invoices/index.ts';
import { payOnce } from '../../payment-intents/index.ts';
import {
  cancelSubscription,
  changeSubscription,
  findSubscription,
  listSubscriptions,
  pauseSubscription,
  previewChange,
  requireRunning,
  resumeSubscription,
  SUBSCRIPTION_STATUSES,
  type Subscription,
  startSubscription,
  subscriptionContext,
} from '../../subscriptions/index.ts';
import {
  currency,
  defineRoute,
  listOf,
  listQuery,
  pageOf,
  signedTotal,
  text,
  timeOut,
  total,
  uuid,
} from '../index.ts';

const tag = 'Subscriptions';

const subscription = z.strictObject({
  subscription_id: uuid,
  tier_name: z.string(),
  tier_version: z.int(),
  interval: z.enum(INTERVALS),
  price_cents: total,
  currency,
  status: z.enum(SUBSCRIPTION_STATUSES),
  time_zone: z.string(),
  current_period_start: timeOut,
  current_period_end: timeOut,
  trial_ends_at: timeOut.nullable(),
  next_tier_name: z
    .string()
    .nullable()
    .meta({ description: 'The tier from the end of the period on, where the terms change then.' }),
  next_price_cents: total.nullable(),
  next_interval: z.enum(INTERVALS).nullable(),
  cancel_at_period_end: z.boolean(),
  started_at: timeOut,
  paused_at: timeOut.nullable(),
  ended_at: timeOut.nullable(),
  end_reason: z.string().nullable(),
  created_at: timeOut,
});

function view(row: Subscription) {
  return {
    subscription_id: row.subscription_id,
    tier_name: row.tier_name,
    tier_version: row.tier_version,
    interval: row.interval,
    price_cents: row.price_cents,
    currency: row.currency,
    status: row.status,
    time_zone: row.time_zone,
    current_period_start: row.current_period_start,
    current_period_end: row.current_period_end,
    trial_ends_at: row.trial_ends_at,
    next_tier_name: row.next_tier_name,
    next_price_cents: row.next_price_cents,
    next_interval: row.next_interval,
    cancel_at_period_end: row.cancel_at_period_end,
    started_at: row.started_at,
    paused_at: row.paused_at,
    ended_at: row.ended_at,
    end_reason: row.end_reason,
    created_at: row.created_at,
  };
}

const tierName = text(63).meta({ examples: ['professional'] });
const customPrice = total.optional().meta({
  description:
    'A price of its own for one interval, in minor units, as for enterprise contracts. It takes an operator key.',
});

function refuseCustomPrice(operator: boolean, custom_price_cents: number | undefined): void {
  if (custom_price_cents !== undefined && !operator)
    fail('operator_only', 'custom_price_cents takes an operator key.');
}

const startRoute = defineRoute({
  method: 'POST',
  path: '/subscriptions',
  operation_id: 'start_subscription',
  summary: 'Subscribe to a tier',
  description:
    'The first invoice is paid at once, with the default payment method, and the subscription is there when it is. With trial_days nothing is paid before the trial is over. Its months go by the time_zone of PUT /billing-details.',
  tag,
  scope: 'write',
  mode: 'own',
  body: z.strictObject({
    tier_name: tierName,
    interval: z.enum(INTERVALS).default('month'),
    trial_days: z.int().min(1).max(730).optional(),
    custom_price_cents: customPrice,
  }),
  responses: { 201: subscription },
  errors: [
    'subscription_exists',
    'trial_used',
    'price_not_offered',
    'operator_only',
    'payment_declined',
    'payments_unavailable',
  ],
  handler: async ({ services, tenant_id, caller: { operator }, body, idempotency }) => {
    refuseCustomPrice(operator, body.custom_price_cents);
    const answer = await payOnce(services, services.invoice_payment, tenant_id, idempotency, {
      status: 201,
      begin: async (tx, joined) => {
        const { time_zone } = await readBillingDetails(tx, tenant_id);
        const request = { ...body, time_zone };
        return await startSubscription(tx, subscriptionContext(services, tenant_id), request, {
          operator,
          joined,
        });
      },
      view: async (tx) => view(requireRunning(await findSubscription(tx, tenant_id))),
    });
    await numberInvoices(services.db);
    return { status: 201, body: answer.body, replayed: answer.replayed };
  },
});

const currentRoute = defineRoute({
  method: 'GET',
  path: '/subscriptions/current',
  operation_id: 'get_current_subscription',
  summary: 'The subscription under way',
  tag,
  scope: 'read',
  mode: 'read',
  responses: { 200: subscription },
  errors: ['subscription_missing'],
  handler: async ({ tx, tenant_id }) => ({
    status: 200,
    body: view(requireRunning(await findSubscription(tx, tenant_id))),
  }),
});

const listRoute = defineRoute({
  method: 'GET',
  path: '/subscriptions',
  operation_id: 'list_subscriptions',
  summary: 'All subscriptions of the tenant, newest first',
  tag,
  scope: 'read',
  mode: 'read',
  query: z.strictObject(listQuery),
  responses: { 200: listOf(subscription) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after } }) => {
    const rows = await listSubscriptions(tx, tenant_id, { after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.subscription_id }));
    return { status: 200, body: { data: page.data.map(view), next_cursor: page.next_cursor } };
  },
});

const changeBody = z.strictObject({
  tier_name: tierName,
  interval: z
    .enum(INTERVALS)
    .optional()
    .meta({ description: 'Where it is left out, the present one stays.' }),
  when: z.enum(['now', 'period_end']).optional().meta({
    description:
      'Where it is left out, going up is now and going down is at the end of the period; from month to year is now, and from year to month at the end.',
  }),
  custom_price_cents: customPrice,
});

const changeErrors = [
  'subscription_missing',
  'subscription_unchanged',
  'subscription_not_changeable',
  'price_not_offered',
  'operator_only',
] as const;

const changeRoute = defineRoute({
  method: 'POST',
  path: '/subscriptions/current/change',
  operation_id: 'change_subscription',
  summary: 'Move to another tier or interval',
  description:
    'Now: the rest of the old price comes back and the rest of the new one is due, by the second, on one invoice whose total is what the preview says; the change is made when it is paid. With another interval a whole one begins now, with its fee. At the end of the period: nothing is due before.',
  tag,
  scope: 'write',
  mode: 'own',
  body: changeBody,
  responses: { 200: subscription },
  errors: [...changeErrors, 'subscription_change_pending', 'payment_declined', 'payments_unavailable'],
  handler: async ({ services, tenant_id, caller: { operator }, body, idempotency }) => {
    refuseCustomPrice(operator, body.custom_price_cents);
    const answer = await payOnce(services, services.invoice_payment, tenant_id, idempotency, {
      status: 200,
      begin: (tx, joined) => changeSubscription(tx, subscriptionContext(services, tenant_id), body, joined),
      view: async (tx) => view(requireRunning(await findSubscription(tx, tenant_id))),
    });
    await numberInvoices(services.db);
    return { status: 200, body: answer.body, replayed: answer.replayed };
  },
});

const previewRoute = defineRoute({
  method: 'POST',
  path: '/subscriptions/current/preview',
  operation_id: 'preview_subscription_change',
  summary: 'What a change would cost',
  description: 'To the cent, at this moment. Nothing is changed.',
  tag,
  scope: 'read',
  mode: 'write',
  body: changeBody,
  responses: {
    200: z.strictObject({
      when: z.enum(['now', 'period_end']),
      effective_at: timeOut,
      currency,
      subtotal_cents: signedTotal,
      tax_cents: signedTotal,
      total_cents: signedTotal.meta({ description: 'Below zero it becomes customer credit.' }),
      credit_applied_cents: total,
      amount_due_cents: total,
      lines: z.array(
        z.strictObject({
          kind: z.enum(LINE_KINDS),
          description: z.string(),
          amount_cents: signedTotal,
          tax_cents: signedTotal,
          starts_at: timeOut,
          ends_at: timeOut,
        }),
      ),
    }),
  },
  errors: changeErrors,
  handler: async ({ tx, services, tenant_id, caller: { operator }, body }) => {
    refuseCustomPrice(operator, body.custom_price_cents);
    const { lines, ...sums } = await previewChange(tx, subscriptionContext(services, tenant_id), body);
    const shown = lines.map(({ kind, description, amount_cents, tax_cents, starts_at, ends_at }) => ({
      kind,
      description,
      amount_cents,
      tax_cents,
      starts_at,
      ends_at,
    }));
    return { status: 200, body: { ...sums, lines: shown } };
  },
});

const cancelRoute = defineRoute({
  method: 'POST',
  path: '/subscriptions/current/cancel',
  operation_id: 'cancel_subscription',
  summary: 'End the subscription',
  description: 'At the end of what is paid for, or now, without giving anything back.',
  tag,
  scope: 'write',
  mode: 'write',
  body: z.strictObject({
    when: z.enum(['now', 'period_end']).default('period_end'),
    reason: text(500).optional(),
  }),
  body_optional: true,
  responses: { 200: subscription },
  errors: ['subscription_missing'],
  handler: async ({ tx, services, tenant_id, body }) => ({
    status: 200,
    body: view(await cancelSubscription(tx, subscriptionContext(services, tenant_id), body)),
  }),
});

const pauseRoute = defineRoute({
  method: 'POST',
  path: '/subscriptions/current/pause',
  operation_id: 'pause_subscription',
  summary: 'Stop renewals',
  description:
    'What is paid for stays in use to its end; then the tenant is on the free tier until it resumes.',
  tag,
  scope: 'write',
  mode: 'write',
  responses: { 200: subscription },
  errors: ['subscription_missing', 'subscription_not_changeable'],
  handler: async ({ tx, services, tenant_id }) => ({
    status: 200,
    body: view(await pauseSubscription(tx, subscriptionContext(services, tenant_id))),
  }),
});

const resumeRoute = defineRoute({
  method: 'POST',
  path: '/subscriptions/current/resume',
  operation_id: 'resume_subscription',
  summary: 'Take a pause or a cancellation back',
  description: 'Where what was paid for is over, another period begins now and its invoice falls due.',
  tag,
  scope: 'write',
  mode: 'write',
  responses: { 200: subscription },
  errors: ['subscription_missing', 'subscription_not_changeable'],
  handler: async ({ tx, services, tenant_id }) => ({
    status: 200,
    body: view(await resumeSubscription(tx, subscriptionContext(services, tenant_id))),
  }),
});

export const subscriptionRoutes = [
  startRoute,
  currentRoute,
  listRoute,
  changeRoute,
  previewRoute,
  cancelRoute,
  pauseRoute,
  resumeRoute,
];
