import { beginPeriod, startCycle } from '../billing/index.ts';
import { pinnedTier, type SubscriptionTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { type NextDue, schedule } from '../due-work/index.ts';
import { draftInvoice } from '../invoices/index.ts';
import { moveToTier, requireTenant } from '../tenants/index.ts';
import type { SubscriptionContext } from './context.ts';
import { endSubscription } from './end-subscription.ts';
import { feeLine } from './fee-line.ts';
import { grantIncluded, grantTokens, includedTokens } from './included-tokens.ts';
import { moveToFree } from './move-to-free.ts';
import { intervalEnd, monthAt, nextBoundary } from './periods.ts';
import { beginPhase } from './phases.ts';
import {
  lockSubscription,
  NOTHING_NEXT,
  type Subscription,
  tierPinOf,
  updateSubscription,
} from './subscription.ts';
import { tellCancelled } from './tell-by-email.ts';

/** How long a renewal waits for a change that is being paid, in milliseconds. */
const CHANGE_PATIENCE_MS = 60_000;
/** When a renewal's draft is finalized at the latest: its period has been closed by then and has added what was used. */
export const DRAFT_PATIENCE_MS = 2 * 60 * 60 * 1000;

/**
 * What happens to a subscription when a month of its cycle, or what is paid for, is over: it renews, with other terms
 * where that was said, or ends, or rests; and the next month's tokens are granted. It happens at the time when it was due,
 * however late it is done, so that no period is billed twice or skipped. Answers when to come again.
 */
export async function runCycle(
  tx: Tx,
  context: SubscriptionContext,
  subscription_id: string,
): Promise<NextDue> {
  const subscription = await lockSubscription(tx, context.tenant_id);
  if (subscription?.subscription_id !== subscription_id || subscription.status === 'pending')
    return undefined;
  if (subscription.pending_invoice_id !== null) return new Date(context.now.getTime() + CHANGE_PATIENCE_MS);
  const at = subscription.next_cycle_at;
  if (at > context.now) return at;
  if (at < subscription.current_period_end) return await beginMonth(tx, context, subscription, at);
  if (subscription.cancel_at_period_end || subscription.status === 'suspended') {
    await endSubscription(tx, context, subscription, at);
    // Who cancelled has been told already.
    if (!subscription.cancel_at_period_end)
      await tellCancelled(tx, context, subscription, { ends_on: at, ended: true, unpaid: true });
    return undefined;
  }
  if (subscription.status === 'paused') {
    await moveToFree(tx, context.tenant_id, at);
    await beginPhase(tx, subscription, { at, paid: false, reason: 'pause' });
    return undefined;
  }
  return await renew(tx, context, subscription, at);
}

/** The next month of a period that goes on, as in a year. */
async function beginMonth(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
  at: Date,
): Promise<Date> {
  const in_use = subscription.status !== 'suspended';
  await beginPeriod(tx, { ...context, now: at }, monthAt(subscription, at).ends_at);
  const included_grant_ids = in_use ? await grantIncluded(tx, context, subscription, at) : [];
  const next_cycle_at = nextBoundary(subscription, at);
  await updateSubscription(tx, subscription, { included_grant_ids, next_cycle_at });
  return next_cycle_at;
}

async function renew(tx: Tx, context: SubscriptionContext, ended: Subscription, at: Date): Promise<Date> {
  const { tenant_id } = context;
  const after_trial = ended.status === 'trialing';
  const changes = ended.next_tier_name !== null;
  const next = changes ? withNext(ended) : {};
  const anchor_at = after_trial ? at : ended.anchor_at;
  const current_period_end = intervalEnd({ ...ended, ...next, anchor_at }, at);
  const next_cycle_at = nextBoundary({ ...ended, anchor_at, current_period_end }, at);
  const renewal = {
    ...next,
    ...(after_trial ? ({ status: 'active', anchor_at } as const) : {}),
    current_period_start: at,
    current_period_end,
    next_cycle_at,
  };
  const renewed: Subscription = { ...ended, ...renewal };
  const period_context = { ...context, now: at };
  if (after_trial) await startCycle(tx, period_context, { anchor_at, time_zone: ended.time_zone });
  else await beginPeriod(tx, period_context, monthAt(renewed, at).ends_at);
  if (changes) await moveToTier(tx, tenant_id, tierPinOf(renewed), at);
  if (changes || after_trial)
    await beginPhase(tx, renewed, { at, paid: true, reason: changes ? 'change' : 'renewal' });
  const tier = await pinnedTier(tx, tenant_id, tierPinOf(renewed));
  const included_grant_ids = await grantTokens(tx, context, renewed, tier, includedTokens(tier), at);
  await updateSubscription(tx, ended, { ...renewal, included_grant_ids });
  await draftFee(tx, context, renewed, tier, at);
  return next_cycle_at;
}

function withNext(subscription: Subscription) {
  const { next_tier_owner_id, next_tier_name, next_tier_version, next_price_cents } = subscription;
  const stays = next_tier_owner_id === null || next_tier_name === null || next_tier_version === null;
  return {
    tier_owner_id: stays ? subscription.tier_owner_id : next_tier_owner_id,
    tier_name: stays ? subscription.tier_name : next_tier_name,
    tier_version: stays ? subscription.tier_version : next_tier_version,
    price_cents: next_price_cents ?? subscription.price_cents,
    interval: subscription.next_interval ?? subscription.interval,
    ...NOTHING_NEXT,
  };
}

/** The next period's fee as a draft, which closing the last one adds its usage to and finalizes. */
async function draftFee(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
  tier: SubscriptionTier,
  at: Date,
): Promise<void> {
  const { tenant_id } = context;
  const lines = feeLine(subscription, tier, at, subscription.current_period_end);
  if (lines.length === 0) return;
  const { parent_tenant_id } = await requireTenant(tx, tenant_id);
  const draft = await draftInvoice(tx, context, {
    reason: 'subscription_cycle',
    seller_id: parent_tenant_id ?? tenant_id,
    currency: subscription.currency,
    subscription_id: subscription.subscription_id,
    period_id: null,
    period_start: at,
    period_end: subscription.current_period_end,
    lines,
  });
  const next_due_at = new Date(at.getTime() + DRAFT_PATIENCE_MS);
  await schedule(tx, { tenant_id, kind: 'invoice_finalization', ref_id: draft.invoice_id, next_due_at });
}
