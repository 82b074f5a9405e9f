export type { Charge, Declined, PaymentProvider, PaymentResult, Repayment } from './provider.ts';
export { sandboxChargeId, sandboxProvider } from './sandbox-provider.ts';
export { withDeadline } from './with-deadline.ts';
