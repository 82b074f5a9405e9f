import { z } from 'zod';
import { purchaseTokens, quote } from '../../../ai-tokens/index.ts';
import { fail } from '../../../errors/index.ts';
import { requireTenant } from '../../../tenants/index.ts';
import { currency, defineRoute, queryInteger, requestKey, text, tokens, total, uuid } from '../../index.ts';

const purchase = z.strictObject({
  transaction_id: uuid.meta({ description: 'Ours; POST /refunds takes it.' }),
  external_transaction_id: z.string().nullable(),
  tokens_purchased: total,
  amount_cents: total,
  currency,
  status: z.literal('settled'),
  balance: total.meta({ description: 'tokens_remaining after the purchase.' }),
});

export const purchaseRoute = defineRoute({
  method: 'POST',
  path: '/ai-tokens/purchase',
  operation_id: 'purchase_ai_tokens',
  summary: 'Buy AI tokens',
  description:
    'Charges the payment provider and credits the tokens once the charge has settled. An operator may assert a payment made elsewhere with transaction_id. A repeat of the same payment credits nothing.',
  tag: 'AI tokens',
  scope: 'write',
  mode: 'own',
  exempt: true,
  body: z.strictObject({
    tokens_to_purchase: tokens,
    transaction_id: requestKey.optional(),
    payment_method: text(255).optional().meta({
      description:
        "A payment_method_id, or the provider's own name; the default method where it is left out.",
    }),
  }),
  responses: { 201: purchase, 200: purchase },
  errors: [
    'price_too_small',
    'amount_out_of_range',
    'spend_cap_reached',
    'transaction_id_reused',
    'payment_declined',
    'payment_action_required',
    'payment_method_missing',
    'not_found',
    'transaction_pending',
    'payments_unavailable',
    'operator_only',
  ],
  handler: async ({ services, tenant_id, caller, body, idempotency }) => {
    if (body.transaction_id !== undefined && !caller.operator) {
      fail(
        'operator_only',
        'transaction_id asserts a payment made elsewhere, which only an operator key may do',
      );
    }
    const answer = await purchaseTokens(services, tenant_id, body, idempotency);
    return { status: answer.status === 200 ? 200 : 201, body: answer.body, replayed: answer.replayed };
  },
});

export const quoteRoute = defineRoute({
  method: 'GET',
  path: '/ai-tokens/purchase/quote',
  operation_id: 'quote_ai_tokens',
  summary: 'What tokens would cost now',
  description: 'A purchase of as many tokens now costs exactly this. Nothing is reserved.',
  tag: 'AI tokens',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({ tokens_to_purchase: queryInteger(1, Number.MAX_SAFE_INTEGER) }),
  responses: {
    200: z.strictObject({
      tokens_to_purchase: total,
      amount_cents: total,
      currency,
      price_version: z.string(),
      provider: z.string().nullable().meta({ description: 'Who is asked for the money; null for nobody.' }),
    }),
  },
  errors: ['price_too_small', 'amount_out_of_range'],
  handler: async ({ tx, tenant_id, services, query }) => {
    const { tokens: tokens_to_purchase, amount_cents, price_version } = quote(services, query);
    const tenant = await requireTenant(tx, tenant_id);
    const provider = services.payments?.name ?? null;
    const body = { tokens_to_purchase, amount_cents, currency: tenant.currency, price_version, provider };
    return { status: 200, body };
  },
});
