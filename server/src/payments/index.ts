export type { Charge, PaymentProvider, PaymentResult, Repayment } from './provider.ts';
export { SANDBOX_METHODS, sandboxProvider } from './sandbox-provider.ts';
export { PAYMENT_DEADLINE_MS, withDeadline } from './with-deadline.ts';
