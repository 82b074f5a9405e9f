export { type ChangePreview, changeSubscription, previewChange } from './change-subscription.ts';
export { type SubscriptionServices, subscriptionContext } from './context.ts';
export { subscriptionDueHandlers } from './due.ts';
export { cancelSubscription } from './end-subscription.ts';
export { refundHook, subscriptionPaymentHooks } from './follow-payments.ts';
export { pauseSubscription, resumeSubscription } from './pause-subscription.ts';
export { type Started, startSubscription } from './start-subscription.ts';
export {
  findSubscription,
  listSubscriptions,
  requireRunning,
  requireUnsubscribed,
  SUBSCRIPTION_STATUSES,
  type Subscription,
} from './subscription.ts';
