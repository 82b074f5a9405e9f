export type {
  CardDetails,
  Charge,
  CheckoutState,
  Declined,
  PaymentProvider,
  PaymentResult,
  Repayment,
} from './provider.ts';
export { sandboxCard, sandboxChargeId, sandboxProvider } from './sandbox-provider.ts';
export { stripeProvider } from './stripe/provider.ts';
export { withDeadline } from './with-deadline.ts';
