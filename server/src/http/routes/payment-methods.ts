import { z } from 'zod';
import {
  listPaymentMethods,
  makeDefault,
  removePaymentMethod,
  requireProvider,
  savePaymentMethod,
} from '../../payment-methods/index.ts';
import { defineRoute, listOf, listQuery, pageOf, text, timeOut, uuid } from '../index.ts';

const paymentMethod = z.strictObject({
  payment_method_id: uuid,
  provider: z.string(),
  brand: z.string(),
  last4: z.string().nullable(),
  expires_month: z.int().nullable(),
  expires_year: z.int().nullable(),
  is_default: z.boolean().meta({ description: 'Charged where nobody names another.' }),
  created_at: timeOut,
});

/** What a method shows of itself: the provider's name for it is nobody's business. */
function toView<T extends Record<'tenant_id' | 'external_id' | 'removed_at', unknown>>({
  tenant_id: _tenant,
  external_id: _external,
  removed_at: _removed,
  ...view
}: T): Omit<T, 'tenant_id' | 'external_id' | 'removed_at'> {
  return view;
}

const savePaymentMethodRoute = defineRoute({
  method: 'POST',
  path: '/payment-methods',
  operation_id: 'save_payment_method',
  summary: 'Save a card that the payment provider keeps',
  description:
    "The token is the provider's name for a card, as its own form in the browser gives it: a pm_... of Stripe, the name of a card in the sandbox. The first method becomes the default. A card that was saved before is 200.",
  tag: 'Payments',
  scope: 'write',
  mode: 'own',
  body: z.strictObject({ token: text(255), make_default: z.boolean().optional() }),
  responses: { 201: paymentMethod, 200: paymentMethod },
  errors: ['payment_method_refused', 'payment_methods_too_many', 'payments_unavailable'],
  handler: async ({ services, tenant_id, body, idempotency }) => {
    const {
      status,
      body: method,
      replayed,
    } = await savePaymentMethod(services, tenant_id, body, idempotency);
    return { status: status === 201 ? 201 : 200, body: toView(method), replayed };
  },
});

const listPaymentMethodsRoute = defineRoute({
  method: 'GET',
  path: '/payment-methods',
  operation_id: 'list_payment_methods',
  summary: 'The saved payment methods, newest first',
  tag: 'Payments',
  scope: 'read',
  mode: 'read',
  query: z.strictObject(listQuery),
  responses: { 200: listOf(paymentMethod) },
  handler: async ({ tx, tenant_id, services, query: { limit, cursor: after } }) => {
    const provider = services.payments?.name ?? '';
    const rows = await listPaymentMethods(tx, tenant_id, provider, { after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.payment_method_id }));
    return { status: 200, body: { ...page, data: page.data.map(toView) } };
  },
});

const params = z.strictObject({ payment_method_id: uuid });

const removePaymentMethodRoute = defineRoute({
  method: 'DELETE',
  path: '/payment-methods/:payment_method_id',
  operation_id: 'remove_payment_method',
  summary: 'Forget a payment method',
  description: 'Here and at the provider. A default that is removed leaves none.',
  tag: 'Payments',
  scope: 'write',
  mode: 'own',
  params,
  responses: { 204: z.undefined() },
  errors: ['not_found', 'payments_unavailable'],
  handler: async ({ services, tenant_id, params: { payment_method_id }, idempotency }) => {
    const { replayed } = await removePaymentMethod(services, tenant_id, payment_method_id, idempotency);
    return { status: 204, body: undefined, replayed };
  },
});

const makeDefaultRoute = defineRoute({
  method: 'POST',
  path: '/payment-methods/:payment_method_id/default',
  operation_id: 'make_default_payment_method',
  summary: 'Charge this payment method from now on',
  tag: 'Payments',
  scope: 'write',
  mode: 'write',
  params,
  responses: { 200: paymentMethod },
  errors: ['not_found', 'payments_unavailable'],
  handler: async ({ tx, tenant_id, services, params: { payment_method_id } }) => {
    const { name } = requireProvider(services.payments);
    return { status: 200, body: toView(await makeDefault(tx, tenant_id, name, payment_method_id)) };
  },
});

export const paymentMethodRoutes = [
  savePaymentMethodRoute,
  listPaymentMethodsRoute,
  removePaymentMethodRoute,
  makeDefaultRoute,
];
