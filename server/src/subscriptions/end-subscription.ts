import { endCycle } from '../billing/index.ts';
import type { Tx } from '../db/index.ts';
import { unschedule } from '../due-work/index.ts';
import type { SubscriptionContext } from './context.ts';
import { moveToFree } from './move-to-free.ts';
import { endPhase } from './phases.ts';
import {
  lockSubscription,
  NOTHING_NEXT,
  requireRunning,
  type Subscription,
  updateSubscription,
} from './subscription.ts';
import { tellCancelled } from './tell-by-email.ts';

/** When a subscription is to end, and why. */
export interface CancelRequest {
  when: 'now' | 'period_end';
  reason?: string | undefined;
}

/**
 * Ends the subscription now, without giving anything back, or at the end of what is paid for. Doing it again changes
 * nothing. Fails with `subscription_missing`.
 */
export async function cancelSubscription(
  tx: Tx,
  context: SubscriptionContext,
  { when, reason }: CancelRequest,
): Promise<Subscription> {
  const subscription = requireRunning(await lockSubscription(tx, context.tenant_id));
  const said = await updateSubscription(tx, subscription, {
    cancel_at_period_end: true,
    end_reason: reason ?? subscription.end_reason,
    ...NOTHING_NEXT,
  });
  const is_over = subscription.status === 'suspended' || subscription.current_period_end <= context.now;
  const ended = when === 'now' || is_over;
  if (ended || !subscription.cancel_at_period_end) {
    const ends_on = ended ? context.now : said.current_period_end;
    await tellCancelled(tx, context, said, { ends_on, ended, unpaid: false });
  }
  return ended ? await endSubscription(tx, context, said, context.now) : said;
}

/** Ends a locked subscription at a time: the tenant is on the free tier again, by calendar months. */
export async function endSubscription(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
  at: Date,
): Promise<Subscription> {
  const { tenant_id, subscription_id } = subscription;
  await endPhase(tx, subscription, at);
  await endCycle(tx, { ...context, now: at });
  await moveToFree(tx, tenant_id, at);
  await unschedule(tx, tenant_id, 'subscription_cycle', subscription_id);
  return await updateSubscription(tx, subscription, {
    status: 'cancelled',
    ended_at: at,
    cancel_at_period_end: false,
  });
}
