import type { ErrorEntry } from './error-entry.ts';

/** The rows of the registry about payments and refunds. */
export const paymentErrors = {
  payment_declined: {
    status: 402,
    title: 'The payment was declined',
    explanation:
      'The payment provider refused the charge. No money moved and no tokens were credited. "decline_code" says why, in a word that does not change.',
    remedy: 'Use another payment method.',
  },
  payment_action_required: {
    status: 402,
    title: 'The payment has to be confirmed',
    explanation:
      'The bank wants the owner of the card to confirm this payment. No money has moved yet. "action_url" is where that is done, "transaction_id" the payment that waits for it, a day at most.',
    remedy:
      'Send the owner of the card to action_url, and repeat the request with its Idempotency-Key afterwards. GET /transactions shows how it ended.',
  },
  payment_method_missing: {
    status: 402,
    title: 'There is no payment method to charge',
    explanation: 'The request names no payment method, and the tenant has no default one with this provider.',
    remedy: 'Save one with POST /payment-methods or POST /payments/checkout, or name one.',
  },
  payment_method_refused: {
    status: 422,
    title: 'The payment method was refused',
    explanation:
      'The payment provider does not know the token, or its bank does not let the card be saved. "decline_code" says why.',
    remedy: 'Use another card.',
  },
  payment_methods_too_many: {
    status: 409,
    title: 'Too many payment methods',
    explanation: 'A tenant may have 50 payment methods.',
    remedy: 'Remove methods that are not used any more.',
  },
  refund_too_large: {
    status: 422,
    title: 'More than can be refunded',
    explanation:
      'A purchase can be refunded up to the price of those of its tokens that are neither used nor held. "refundable_cents" says how much that is now.',
    remedy: 'Ask for refundable_cents at most, or leave amount_cents out to refund all of it.',
  },
  refund_not_possible: {
    status: 422,
    title: 'This transaction cannot be refunded',
    explanation: 'Only settled purchases can be refunded.',
    remedy: 'Name the transaction_id of a settled purchase.',
  },
  transaction_pending: {
    status: 409,
    title: 'The transaction has not settled',
    explanation: 'The payment provider has not said yet whether the payment succeeded.',
    remedy: 'Wait until GET /transactions shows it as settled or failed.',
  },
  webhook_refused: {
    status: 400,
    title: 'The event is not accepted',
    explanation:
      'The signature of the event does not fit its body and the signing secret of this server, or is older than five minutes. Nothing was stored.',
    remedy: 'Compare STRIPE_WEBHOOK_SECRET with the signing secret of the endpoint, and the clocks.',
  },
  sandbox_disabled: {
    status: 404,
    title: 'The sandbox is off',
    explanation:
      'This server takes real payments, or none: PAYMENTS names another provider than the sandbox.',
    remedy: 'Confirm payments where the provider says, or start a test server with PAYMENTS=sandbox.',
  },
  payment_not_waiting: {
    status: 409,
    title: 'The payment does not wait to be confirmed',
    explanation: 'The transaction is pending, but not because the owner of a card has to confirm it.',
    remedy: 'Look at its status with GET /transactions.',
  },
  payments_unavailable: {
    status: 503,
    title: 'Payments are unavailable',
    explanation:
      'The payment provider could not be reached or is not configured. A charge that was begun is not lost: a repeat with the same key joins it and never charges twice.',
    remedy: 'Repeat the request later with the same key.',
    retry_after: 5,
  },
} as const satisfies Record<string, ErrorEntry>;
