export type { CardDetails } from './card.ts';
export { DISPUTE_STATUSES, type DisputeState, type DisputeStatus, type NewsHandler } from './news.ts';
export { openStripe, openStripeVerifier } from './open-stripe.ts';
export type {
  Charge,
  CheckoutState,
  Declined,
  PaymentProvider,
  PaymentResult,
  Repayment,
} from './provider.ts';
export { sandboxCard, sandboxChargeId, sandboxProvider } from './sandbox-provider.ts';
export { withDeadline } from './with-deadline.ts';
