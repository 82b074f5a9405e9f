import { z } from 'zod';
import { purchaseTokens } from '../../../ai-tokens/index.ts';
import { fail } from '../../../errors/index.ts';
import { currency, defineRoute, requestKey, text, tokens, total, uuid } from '../../index.ts';

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
    payment_method: text(255).optional(),
  }),
  responses: { 201: purchase, 200: purchase },
  errors: [
    'price_too_small',
    'amount_out_of_range',
    'transaction_id_reused',
    'payment_declined',
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
