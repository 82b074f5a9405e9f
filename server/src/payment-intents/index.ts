export { claimIntent, type HeaderKey, openIntent } from './claim-intent.ts';
export { intentDueHandler } from './due.ts';
export { type IntentContext, type IntentKind, intentKinds, providerOf } from './kind.ts';
export { runIntent } from './run-intent.ts';
