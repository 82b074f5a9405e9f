export type { CardDetails } from './card.ts';
export type { DisputeState, NewsHandler } from './news.ts';
export type {
  Charge,
  CheckoutState,
  Declined,
  PaymentProvider,
  PaymentResult,
  Repayment,
} from './provider.ts';
export { sandboxCard, sandboxChargeId, sandboxProvider } from './sandbox-provider.ts';
export { stripeProvider } from './stripe/provider.ts';
export { verifyStripeEvent } from './stripe/verify-event.ts';
export { withDeadline } from './with-deadline.ts';
