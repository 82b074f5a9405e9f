export { claimIntent, type HeaderKey, openIntent } from './claim-intent.ts';
export { confirmInSandbox, type SandboxChoice } from './confirm-in-sandbox.ts';
export { intentDueHandler } from './due.ts';
export { hearIntentNews } from './hear-news.ts';
export {
  askCharge,
  askRepayment,
  type IntentContext,
  type IntentKind,
  type IntentKinds,
  type IntentServices,
  intentContext,
  intentKinds,
} from './kind.ts';
export { type PaidWork, payOnce } from './pay-once.ts';
export { pursueIntent, runIntent } from './run-intent.ts';
