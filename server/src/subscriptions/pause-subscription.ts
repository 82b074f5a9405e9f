import { startCycle } from '../billing/index.ts';
import { pinnedTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { issueInvoice } from '../invoices/index.ts';
import { moveToTier, requireTenant } from '../tenants/index.ts';
import type { SubscriptionContext } from './context.ts';
import { feeLine } from './fee-line.ts';
import { grantIncluded } from './included-tokens.ts';

import { intervalEnd, nextBoundary } from './periods.ts';
import { beginPhase } from './phases.ts';
import {
  lockSubscription,
  requireRunning,
  type Subscription,
  tierPinOf,
  updateSubscription,
} from './subscription.ts';

/**
 * Stops renewals from now on. What is paid for stays in use to its end, and then the tenant is on the free tier until it
 * resumes. Fails with `subscription_missing`, or `subscription_not_changeable` where it is neither active nor trialing.
 */
export async function pauseSubscription(tx: Tx, context: SubscriptionContext): Promise<Subscription> {
  const subscription = requireRunning(await lockSubscription(tx, context.tenant_id));
  if (subscription.status === 'paused') return subscription;
  if (subscription.status !== 'active' && subscription.status !== 'trialing')
    fail('subscription_not_changeable', `The subscription is ${subscription.status}.`);
  return await updateSubscription(tx, subscription, { status: 'paused', paused_at: context.now });
}

/**
 * Takes a pause or a cancellation at the end of the period back. Where what was paid for is over meanwhile, another
 * period begins now and its invoice falls due. Fails with `subscription_missing`, or `subscription_not_changeable` where
 * it is suspended: that ends with a payment.
 */
export async function resumeSubscription(tx: Tx, context: SubscriptionContext): Promise<Subscription> {
  const subscription = requireRunning(await lockSubscription(tx, context.tenant_id));
  if (subscription.status === 'suspended')
    fail('subscription_not_changeable', 'The subscription is suspended until its invoice is paid.');
  const changes = { cancel_at_period_end: false, paused_at: null };
  if (subscription.status !== 'paused') return await updateSubscription(tx, subscription, changes);
  if (subscription.current_period_end <= context.now)
    return await beginAgain(tx, context, await updateSubscription(tx, subscription, changes));
  const trialing = subscription.trial_ends_at !== null && subscription.trial_ends_at > context.now;
  return await updateSubscription(tx, subscription, { ...changes, status: trialing ? 'trialing' : 'active' });
}

async function beginAgain(tx: Tx, context: SubscriptionContext, paused: Subscription): Promise<Subscription> {
  const { tenant_id, now } = context;
  const { time_zone, interval, subscription_id } = paused;
  const ends_at = intervalEnd({ anchor_at: now, time_zone, interval }, now);
  const anchored = await updateSubscription(tx, paused, {
    status: 'active',
    anchor_at: now,
    current_period_start: now,
    current_period_end: ends_at,
    next_cycle_at: nextBoundary({ anchor_at: now, time_zone, current_period_end: ends_at }, now),
  });
  await startCycle(tx, context, { anchor_at: now, time_zone });
  await moveToTier(tx, tenant_id, tierPinOf(anchored), now);
  await beginPhase(tx, anchored, { at: now, paid: true, reason: 'resume' });
  const resumed = await updateSubscription(tx, anchored, {
    included_grant_ids: await grantIncluded(tx, context, anchored, now),
  });
  const { next_cycle_at: next_due_at } = resumed;
  await schedule(tx, { tenant_id, kind: 'subscription_cycle', ref_id: subscription_id, next_due_at });
  const lines = feeLine(resumed, await pinnedTier(tx, tenant_id, tierPinOf(resumed)), now, ends_at);
  if (lines.length === 0) return resumed;
  const { parent_tenant_id } = await requireTenant(tx, tenant_id);
  await issueInvoice(tx, context, {
    reason: 'subscription_cycle',
    seller_id: parent_tenant_id ?? tenant_id,
    currency: resumed.currency,
    subscription_id,
    period_id: null,
    period_start: now,
    period_end: ends_at,
    lines,
  });
  return resumed;
}
