import { z } from 'zod';
import { confirmInSandbox } from '../../payment-intents/index.ts';
import { defineRoute, uuid } from '../index.ts';

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

export const paymentRoutes = [confirmInSandboxRoute];
