import { z } from 'zod';
import { openCheckout } from '../../checkout/index.ts';
import { confirmInSandbox } from '../../payment-intents/index.ts';
import { currency, defineRoute, timeOut, tokens, total, uuid } from '../index.ts';

const webAddress = z.url({ protocol: /^https?$/ }).max(2000);

const openCheckoutRoute = defineRoute({
  method: 'POST',
  path: '/payments/checkout',
  operation_id: 'open_checkout',
  summary: 'Open a page of the payment provider, to save a card or to buy tokens',
  description:
    "Send the browser to checkout_url. What is bought is credited, and a card saved, when the provider says so; success_url is no proof. The page is open for a day. The sandbox's page is served by this server.",
  tag: 'Payments',
  scope: 'write',
  mode: 'own',
  exempt: true,
  body: z
    .strictObject({
      purpose: z.enum(['setup', 'token_purchase']),
      tokens_to_purchase: tokens.optional(),
      success_url: webAddress,
      cancel_url: webAddress,
    })
    .refine(
      ({ purpose, tokens_to_purchase }) => (purpose === 'setup') === (tokens_to_purchase === undefined),
      {
        error: 'a token_purchase has it, and a setup has not',
        path: ['tokens_to_purchase'],
      },
    ),
  responses: {
    201: z.strictObject({
      checkout_id: uuid,
      checkout_url: z.string(),
      purpose: z.enum(['setup', 'token_purchase']),
      transaction_id: uuid.nullable().meta({ description: 'The purchase, which waits for the page.' }),
      amount_cents: total.nullable(),
      currency,
      expires_at: timeOut,
    }),
  },
  errors: ['price_too_small', 'amount_out_of_range', 'spend_cap_reached', 'payments_unavailable'],
  handler: async ({ services, tenant_id, body, idempotency }) => {
    const answer = await openCheckout(services, tenant_id, body, idempotency);
    return { status: 201, body: answer.body, replayed: answer.replayed };
  },
});

const confirmInSandboxRoute = defineRoute({
  method: 'POST',
  path: '/payments/sandbox/confirm',
  operation_id: 'confirm_in_sandbox',
  summary: 'Confirm a payment of the sandbox as the owner of the card',
  description:
    'Only with PAYMENTS=sandbox. Ends a payment that was answered with payment_action_required; the page at its action_url does the same. One that has ended stays as it is.',
  tag: 'Payments',
  scope: 'write',
  mode: 'write',
  exempt: true,
  body: z.strictObject({
    transaction_id: uuid,
    choice: z.enum(['pay', 'decline']).optional().meta({ description: 'pay where it is left out.' }),
  }),
  responses: {
    200: z.strictObject({
      transaction_id: uuid,
      status: z.enum(['settled', 'failed']),
      external_transaction_id: z.string().nullable(),
      failure_code: z.string().nullable(),
    }),
  },
  errors: ['sandbox_disabled', 'payment_not_waiting'],
  handler: async ({ tx, tenant_id, services, body: { transaction_id, choice = 'pay' } }) => {
    const ended = await confirmInSandbox(tx, services, services.intents, tenant_id, {
      transaction_id,
      choice,
    });
    const { external_transaction_id, failure_code } = ended;
    const status: 'settled' | 'failed' = ended.status === 'settled' ? 'settled' : 'failed';
    return { status: 200, body: { transaction_id, status, external_transaction_id, failure_code } };
  },
});

export const paymentRoutes = [openCheckoutRoute, confirmInSandboxRoute];
