import { sql } from 'kysely';
import { takeBackGrants } from '../ai-tokens/index.ts';
import { successfulCallsOf } from '../api-usage/index.ts';
import { currentPeriod, prorateCount, startCycle } from '../billing/index.ts';
import type { SubscriptionTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { moveToTier } from '../tenants/index.ts';
import { beginsCycle, type ChangeQuote } from './change-quote.ts';
import type { SubscriptionContext } from './context.ts';
import { grantTokens } from './included-tokens.ts';
import { intervalEnd, monthAt, nextBoundary } from './periods.ts';
import { beginPhase } from './phases.ts';
import type { Terms } from './start-subscription.ts';
import {
  NOTHING_NEXT,
  NOTHING_PENDING,
  type Subscription,
  tierPinOf,
  updateSubscription,
} from './subscription.ts';

/** Other terms, from when, and the tokens that come and go with them. */
export interface ChangeToApply extends Pick<ChangeQuote, 'tokens_granted' | 'tokens_taken_back'> {
  at: Date;
  terms: Terms;
  from: SubscriptionTier;
  to: SubscriptionTier;
}

/** Makes a change whose invoice is paid, or that has none: the tier, the cycle of another interval, tokens and calls. */
export async function applyChange(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
  { at, terms, from, to, tokens_granted, tokens_taken_back }: ChangeToApply,
): Promise<void> {
  const { tenant_id } = context;
  const anew = beginsCycle(subscription, terms.interval);
  const changed = await updateSubscription(tx, subscription, {
    ...terms,
    ...(anew ? cycleFrom(subscription, terms, at) : {}),
    ...NOTHING_PENDING,
    ...NOTHING_NEXT,
    cancel_at_period_end: false,
  });
  if (anew) await beginCycle(tx, context, subscription, changed, from, at);
  else await allowCalls(tx, context, subscription, from, to, at);
  // The month that is cut here is over, and rated by the tier that it had.
  await moveToTier(tx, tenant_id, tierPinOf(changed), anew ? context.now : at);
  await beginPhase(tx, changed, { at, paid: subscription.status !== 'trialing', reason: 'change' });
  const { included_grant_ids: present } = subscription;
  const taken = tokens_taken_back > 0n ? await takeBackGrants(tx, context, present, tokens_taken_back) : 0n;
  // What was paid back and used while the rest was being paid is not given again.
  const granted = await grantTokens(
    tx,
    context,
    changed,
    to,
    tokens_granted - (tokens_taken_back - taken),
    at,
  );
  await updateSubscription(tx, changed, { included_grant_ids: anew ? granted : [...present, ...granted] });
}

function cycleFrom({ time_zone }: Subscription, { interval }: Terms, at: Date) {
  const current_period_end = intervalEnd({ anchor_at: at, time_zone, interval }, at);
  return {
    anchor_at: at,
    current_period_start: at,
    current_period_end,
    next_cycle_at: nextBoundary({ anchor_at: at, time_zone, current_period_end }, at),
  };
}

/**
 * Lets months count from the change on. The month under way is cut, now, and includes the calls of the part of it that was
 * used: the price of the other part came back.
 */
async function beginCycle(
  tx: Tx,
  context: SubscriptionContext,
  before: Subscription,
  { subscription_id, anchor_at, time_zone, next_cycle_at }: Subscription,
  from: SubscriptionTier,
  at: Date,
): Promise<void> {
  const { tenant_id, now } = context;
  await startCycle(tx, context, { anchor_at, time_zone });
  await schedule(tx, {
    tenant_id,
    kind: 'subscription_cycle',
    ref_id: subscription_id,
    next_due_at: next_cycle_at,
  });
  if (from.included_api_calls === null) return;
  const month = monthAt(before, at);
  const unused = prorateCount(from.included_api_calls, month, at);
  await sql`
    update billing_periods
    set allowance_calls = greatest(0, coalesce(allowance_calls, ${from.included_api_calls}::bigint) - ${unused}::bigint)
    where tenant_id = ${tenant_id} and status = 'open' and ends_at = ${now} and starts_at >= ${month.starts_at}`.execute(
    tx,
  );
}

/**
 * What the billing period under way includes of calls from now on: of each tier the part of its time. Coming from a tier
 * without a limit, what was called so far was included.
 */
async function allowCalls(
  tx: Tx,
  { tenant_id }: SubscriptionContext,
  subscription: Subscription,
  from: SubscriptionTier,
  to: SubscriptionTier,
  at: Date,
): Promise<void> {
  const period = await currentPeriod(tx, tenant_id, at);
  if (period.period_id === undefined || to.included_api_calls === null) return;
  const month = monthAt(subscription, at);
  const rest = prorateCount(to.included_api_calls, month, at);
  const before = period.allowance_calls ?? from.included_api_calls;
  const so_far =
    before === null
      ? await successfulCallsOf(tx, tenant_id, period.period_id)
      : before - prorateCount(from.included_api_calls ?? 0n, month, at);
  await sql`
    update billing_periods set allowance_calls = ${so_far + rest}
    where tenant_id = ${tenant_id} and period_id = ${period.period_id} and status = 'open'`.execute(tx);
}
