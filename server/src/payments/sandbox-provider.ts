import type { Charge, PaymentProvider, PaymentResult, Repayment } from './provider.ts';

/** The payment methods that the sandbox knows; each one always ends in the same way. */
const SANDBOX_METHODS = ['sandbox_card', 'sandbox_card_declined'] as const;

/**
 * Play money, for development and tests. What it answers follows from the request alone, so a repeat of a charge
 * gives the first answer without anything having to be stored.
 */
export function sandboxProvider(): PaymentProvider {
  return {
    name: 'sandbox',
    async charge(charge: Charge): Promise<PaymentResult> {
      switch (charge.payment_method ?? 'sandbox_card') {
        case 'sandbox_card':
          return { status: 'succeeded', external_transaction_id: `sandbox_charge_${charge.idempotency_key}` };
        case 'sandbox_card_declined':
          return { status: 'declined', reason: 'the sandbox declines this card' };
        default:
          return { status: 'declined', reason: `the sandbox takes ${SANDBOX_METHODS.join(' and ')}` };
      }
    },
    async repay(repayment: Repayment): Promise<PaymentResult> {
      return { status: 'succeeded', external_transaction_id: `sandbox_refund_${repayment.idempotency_key}` };
    },
  };
}
