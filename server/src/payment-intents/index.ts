export { claimIntent, type HeaderKey, openIntent } from './claim-intent.ts';
export { intentDueHandler } from './due.ts';
export { type IntentContext, type IntentKind, intentKinds, providerOf } from './kind.ts';
export { type PaidWork, payOnce } from './pay-once.ts';
export { pursueIntent, runIntent } from './run-intent.ts';
