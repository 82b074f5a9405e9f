import { z } from 'zod';
import { CAP_ACTIONS, deleteSpendCap, putSpendCap, readSpendCaps } from '../../spend-caps/index.ts';
import { currency, defineRoute, signedTotal, timeOut, total } from '../index.ts';

const path = '/spend-cap';
const tag = 'Billing';

const spendCaps = z.strictObject({
  period_starts_at: timeOut,
  period_ends_at: timeOut,
  currency,
  spent_cents: signedTotal.meta({
    description: 'In the present billing period, without tax: the sum of the others.',
  }),
  token_purchases_cents: signedTotal.meta({
    description:
      'Tokens bought, auto top-ups among them, paid or being paid, less what of them was paid back.',
  }),
  api_calls_cents: total.meta({ description: 'Calls so far beyond the included ones.' }),
  features_cents: total.meta({ description: 'Metered features so far beyond their limits.' }),
  caps: z.array(
    z.strictObject({
      set_by: z.enum(['tenant', 'operator']),
      limit_cents: total,
      action: z.enum(CAP_ACTIONS),
      reached_at: timeOut
        .nullable()
        .meta({ description: 'When it was first seen to be reached in this period.' }),
      updated_at: timeOut,
    }),
  ),
});

const getSpendCapRoute = defineRoute({
  method: 'GET',
  path,
  operation_id: 'get_spend_cap',
  summary: 'What the tenant has spent in its billing period, and what it may',
  tag,
  scope: 'read',
  // A cap that is seen to be reached is noted.
  mode: 'own',
  responses: { 200: spendCaps },
  handler: async ({ tenant_id, services, now }) => ({
    status: 200,
    body: await services.db.inTenant(tenant_id, (tx) => readSpendCaps(tx, services, { tenant_id, now })),
  }),
});

const putSpendCapRoute = defineRoute({
  method: 'PUT',
  path,
  operation_id: 'put_spend_cap',
  summary: 'Say what the tenant may spend in a billing period',
  description:
    'A tenant sets its own cap, the operator another one beside it, and both hold. With block a purchase that would pass it is refused with spend_cap_reached, auto top-ups wait, and decisions refuse calls that would be billed once it is reached; with notify nothing is refused, and reached_at says when. Subscriptions and invoices are never refused, nor are payments that an operator records.',
  tag,
  scope: 'write',
  mode: 'write',
  body: z.strictObject({ limit_cents: total, action: z.enum(CAP_ACTIONS) }),
  responses: { 200: spendCaps },
  handler: async ({ tx, tenant_id, services, now, caller: { operator }, body: { limit_cents, action } }) => ({
    status: 200,
    body: await putSpendCap(
      tx,
      services,
      { tenant_id, now, operator },
      { limit_cents: BigInt(limit_cents), action },
    ),
  }),
});

const deleteSpendCapRoute = defineRoute({
  method: 'DELETE',
  path,
  operation_id: 'delete_spend_cap',
  summary: "Take the caller's cap on spending away",
  description: "A tenant takes its own away, the operator the operator's.",
  tag,
  scope: 'write',
  mode: 'write',
  responses: { 204: z.undefined() },
  handler: async ({ tx, tenant_id, caller: { operator } }) => {
    await deleteSpendCap(tx, tenant_id, operator);
    return { status: 204, body: undefined };
  },
});

export const spendCapRoutes = [getSpendCapRoute, putSpendCapRoute, deleteSpendCapRoute];
