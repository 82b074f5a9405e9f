import { pinnedTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import type { NextDue } from '../due-work/index.ts';
import { type AfterDecline, type EmailKind, queueEmail } from '../email/index.ts';
import { type Invoice, owedOf } from '../invoices/index.ts';
import type { SubscriptionContext } from './context.ts';
import { RETRY_DAYS } from './retry-days.ts';
import { findSubscription, type Subscription, tierPinOf } from './subscription.ts';

/** How long before its end a trial is told of, in milliseconds. A shorter trial is not. */
export const TRIAL_NOTICE_MS = 3 * 24 * 60 * 60 * 1000;

/** What becomes of a declined payment. */
export interface DeclineOutcome {
  /** The provider's words. */
  reason: string;
  /** Null where it is not tried again. */
  next_payment_at: Date | null;
  after_last: AfterDecline;
}

/** Tells of a declined payment. `invoice` is as it was before; one that was taken back with it does not go along. */
export async function tellDeclined(
  tx: Tx,
  context: SubscriptionContext,
  invoice: Invoice,
  { reason, next_payment_at, after_last }: DeclineOutcome,
): Promise<void> {
  const { invoice_id, currency } = invoice;
  const cents = owedOf(invoice);
  const attempt = invoice.payment_attempts + 1;
  const is_owed = after_last === 'suspended' || after_last === 'stays_owed';
  await queueEmail(tx, context, {
    kind: 'payment_declined',
    source_key: `payment_declined:${invoice_id}:${attempt}`,
    invoice_id: is_owed ? invoice_id : undefined,
    facts: {
      amount: { cents, currency },
      reason,
      attempt,
      attempts_max: RETRY_DAYS.length + 1,
      next_on: next_payment_at,
      after_last,
    },
  });
}

/** Tells that a subscription is suspended for an invoice. */
export async function tellSuspended(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
  invoice: Invoice,
): Promise<void> {
  const facts = {
    plan: await planOf(tx, subscription),
    owed: { cents: owedOf(invoice), currency: invoice.currency },
    ends_on: subscription.current_period_end,
  };
  const source_key = sourceKey('subscription_suspended', context, subscription);
  await queueEmail(tx, context, { kind: 'subscription_suspended', source_key, facts });
}

/** Tells that a subscription that was suspended is in use again. */
export async function tellRecovered(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
): Promise<void> {
  const facts = { plan: await planOf(tx, subscription), renews_on: subscription.current_period_end };
  const source_key = sourceKey('subscription_recovered', context, subscription);
  await queueEmail(tx, context, { kind: 'subscription_recovered', source_key, facts });
}

/** Tells that a subscription ends, or has ended, at a time. */
export async function tellCancelled(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
  end: { ends_on: Date; ended: boolean; unpaid: boolean },
): Promise<void> {
  const facts = { plan: await planOf(tx, subscription), ...end };
  const source_key = sourceKey('subscription_cancelled', context, subscription);
  await queueEmail(tx, context, { kind: 'subscription_cancelled', source_key, facts });
}

/** Tells that a trial ends soon, unless it goes no further by then; handles its due work. */
export async function tellTrialEnding(
  tx: Tx,
  context: SubscriptionContext,
  subscription_id: string,
): Promise<NextDue> {
  const subscription = await findSubscription(tx, context.tenant_id);
  if (subscription?.subscription_id !== subscription_id) return undefined;
  const { status, trial_ends_at, cancel_at_period_end, interval, currency } = subscription;
  if (status !== 'trialing' || trial_ends_at === null || cancel_at_period_end) return undefined;
  if (trial_ends_at <= context.now) return undefined;
  const price = { cents: subscription.next_price_cents ?? subscription.price_cents, currency };
  const facts = { plan: await planOf(tx, subscription), ends_on: trial_ends_at, price, interval };
  const source_key = `trial_ending:${subscription_id}`;
  await queueEmail(tx, context, { kind: 'trial_ending', source_key, facts });
  return undefined;
}

/** Of what can happen to a subscription again. */
function sourceKey(kind: EmailKind, { now }: SubscriptionContext, { subscription_id }: Subscription): string {
  return `${kind}:${subscription_id}:${now.toISOString()}`;
}

/** What the tier of a subscription is called, in a statement that only what is rare can afford. */
async function planOf(tx: Tx, subscription: Subscription): Promise<string> {
  return (await pinnedTier(tx, subscription.tenant_id, tierPinOf(subscription))).title;
}
