export type { Charge, PaymentProvider, PaymentResult, Repayment } from './provider.ts';
export { sandboxProvider } from './sandbox-provider.ts';
export { withDeadline } from './with-deadline.ts';
