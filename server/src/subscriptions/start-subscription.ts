import { startCycle } from '../billing/index.ts';
import type { Interval, SubscriptionTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { beginPayment, type Invoice, issueInvoice, lockInvoice, type NewInvoice } from '../invoices/index.ts';
import { lockTenant, moveToTier, requireTenant, sellersTier, type Tenant } from '../tenants/index.ts';
import type { SubscriptionContext } from './context.ts';
import { feeLine } from './fee-line.ts';
import { grantIncluded } from './included-tokens.ts';
import { intervalEnd, nextBoundary } from './periods.ts';
import { beginPhase } from './phases.ts';
import {
  insertSubscription,
  listSubscriptions,
  lockSubscription,
  NOTHING_NEXT,
  NOTHING_PENDING,
  type Subscription,
  tierPinOf,
  updateSubscription,
} from './subscription.ts';
import { TRIAL_NOTICE_MS } from './tell-by-email.ts';
import { priceOfTier } from './tier-price.ts';

/** A subscription to start. */
export interface StartRequest {
  tier_name: string;
  interval: Interval;
  /** 1 to 730 days that cost nothing. */
  trial_days?: number | undefined;
  /** A price of its own, in minor units, as for enterprise contracts. */
  custom_price_cents?: number | undefined;
  /** IANA; by its calendar months begin and end. */
  time_zone: string;
}

/** What begins a payment: the invoice's transaction; undefined where nothing is to be paid. */
export interface Started {
  subscription_id: string;
  payment: string | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Starts a subscription: at once in a trial or where nothing is to be paid, else when its first invoice is paid. Whoever
 * starts the same again while that is being paid joins it. Fails with `subscription_exists`, `trial_used`,
 * `price_not_offered`, `request_invalid` or `payments_unavailable`.
 */
export async function startSubscription(
  tx: Tx,
  context: SubscriptionContext,
  request: StartRequest,
  { operator, joined }: { operator: boolean; joined: boolean },
): Promise<Started> {
  const { tenant_id, now } = context;
  await lockTenant(tx, tenant_id);
  const present = await lockSubscription(tx, tenant_id);
  const tier = await sellersTier(tx, tenant_id, request.tier_name);
  if (present !== undefined) return await joinStart(tx, context, present, request, joined);
  const tenant = await requireTenant(tx, tenant_id);
  const trial_ms = (request.trial_days ?? 0) * DAY_MS;
  if (trial_ms > 0 && !operator) await refuseSecondTrial(tx, tenant_id);
  const subscription = newSubscription(context, tenant, tier, request, trial_ms);
  await insertSubscription(tx, subscription);
  if (subscription.status !== 'pending') {
    await activate(tx, context, subscription);
    return { subscription_id: subscription.subscription_id, payment: undefined };
  }
  const invoice = await firstInvoice(tx, context, tenant, subscription, tier);
  const pending = await updateSubscription(tx, subscription, pendingOf(subscription, invoice, now, 0n));
  if (invoice.status === 'paid') {
    await activate(tx, context, { ...pending, status: 'active' });
    return { subscription_id: subscription.subscription_id, payment: undefined };
  }
  const payment = await beginPayment(tx, context, context.payments, invoice);
  return { subscription_id: subscription.subscription_id, payment };
}

async function joinStart(
  tx: Tx,
  context: SubscriptionContext,
  present: Subscription,
  { tier_name, interval }: StartRequest,
  joined: boolean,
): Promise<Started> {
  const { tenant_id, subscription_id, status, pending_invoice_id } = present;
  const same = present.tier_name === tier_name && present.interval === interval;
  if (same && joined && status !== 'pending') return { subscription_id, payment: undefined };
  if (!same || status !== 'pending' || pending_invoice_id === null)
    fail(
      'subscription_exists',
      `The tenant has a subscription to "${present.tier_name}" already; change it with POST /subscriptions/current/change.`,
    );
  const invoice = await lockInvoice(tx, tenant_id, pending_invoice_id);
  return { subscription_id, payment: await beginPayment(tx, context, context.payments, invoice) };
}

async function refuseSecondTrial(tx: Tx, tenant_id: string): Promise<void> {
  const earlier = await listSubscriptions(tx, tenant_id, { limit: 200 });
  if (earlier.some(({ trial_ends_at }) => trial_ends_at !== null))
    fail('trial_used', 'The tenant has had a trial; an operator can give it another.');
}

function newSubscription(
  context: SubscriptionContext,
  tenant: Tenant,
  tier: SubscriptionTier,
  request: StartRequest,
  trial_ms: number,
): Subscription {
  const { now } = context;
  const { interval, time_zone, custom_price_cents } = request;
  const price_cents =
    custom_price_cents === undefined
      ? priceOfTier(tier, interval, tenant.currency)
      : BigInt(custom_price_cents);
  const trial_ends_at = trial_ms > 0 ? new Date(now.getTime() + trial_ms) : null;
  const cycle = { anchor_at: now, time_zone, interval };
  const current_period_end = trial_ends_at ?? intervalEnd(cycle, now);
  return {
    tenant_id: tenant.tenant_id,
    subscription_id: context.newId(now),
    tier_owner_id: tier.tenant_id,
    tier_name: tier.tier_name,
    tier_version: tier.version,
    interval,
    price_cents,
    currency: tenant.currency,
    included_grant_ids: [],
    status: trial_ends_at !== null ? 'trialing' : price_cents === 0n ? 'active' : 'pending',
    anchor_at: now,
    time_zone,
    trial_ends_at,
    current_period_start: now,
    current_period_end,
    next_cycle_at: nextBoundary({ ...cycle, current_period_end }, now),
    ...NOTHING_NEXT,
    ...NOTHING_PENDING,
    cancel_at_period_end: false,
    started_at: now,
    paused_at: null,
    ended_at: null,
    end_reason: null,
    created_at: now,
  };
}

async function firstInvoice(
  tx: Tx,
  context: SubscriptionContext,
  tenant: Tenant,
  subscription: Subscription,
  tier: SubscriptionTier,
): Promise<Invoice> {
  const { subscription_id, current_period_start: starts_at, current_period_end: ends_at } = subscription;
  const terms: NewInvoice = {
    reason: 'subscription_start',
    seller_id: tenant.parent_tenant_id ?? tenant.tenant_id,
    currency: subscription.currency,
    subscription_id,
    period_id: null,
    period_start: starts_at,
    period_end: ends_at,
    lines: feeLine(subscription, tier, starts_at, ends_at),
  };
  return await issueInvoice(tx, context, terms, 'now');
}

/** Terms that wait for an invoice. */
export type Terms = Pick<
  Subscription,
  'tier_owner_id' | 'tier_name' | 'tier_version' | 'price_cents' | 'interval'
>;

/** What a subscription that waits for an invoice says of it. */
export function pendingOf(terms: Terms, { invoice_id }: Invoice, at: Date, tokens_taken_back: bigint) {
  return {
    pending_invoice_id: invoice_id,
    pending_at: at,
    pending_tier_owner_id: terms.tier_owner_id,
    pending_tier_name: terms.tier_name,
    pending_tier_version: terms.tier_version,
    pending_price_cents: terms.price_cents,
    pending_interval: terms.interval,
    pending_tokens_taken_back: tokens_taken_back,
  };
}

/** Puts a subscription to work, from its start on: its tier, its billing periods, its included tokens, its schedule. */
export async function activate(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
): Promise<void> {
  const { tenant_id, started_at, anchor_at, time_zone } = subscription;
  const trial = subscription.status === 'trialing';
  // From now on, while its months count from its start: what was called while the payment was made stays where it is.
  await startCycle(tx, context, { anchor_at, time_zone });
  await moveToTier(tx, tenant_id, tierPinOf(subscription), context.now);
  await beginPhase(tx, subscription, { at: started_at, paid: !trial, reason: trial ? 'trial' : 'start' });
  await updateSubscription(tx, subscription, {
    ...NOTHING_PENDING,
    status: trial ? 'trialing' : 'active',
    included_grant_ids: await grantIncluded(tx, context, subscription, started_at),
  });
  await schedule(tx, {
    tenant_id,
    kind: 'subscription_cycle',
    ref_id: subscription.subscription_id,
    next_due_at: subscription.next_cycle_at,
  });
  await scheduleTrialNotice(tx, subscription);
}

async function scheduleTrialNotice(
  tx: Tx,
  { tenant_id, subscription_id: ref_id, started_at, trial_ends_at }: Subscription,
): Promise<void> {
  if (trial_ends_at === null) return;
  const next_due_at = new Date(trial_ends_at.getTime() - TRIAL_NOTICE_MS);
  if (next_due_at > started_at) await schedule(tx, { tenant_id, kind: 'trial_ending', ref_id, next_due_at });
}
