import { sql } from 'kysely';
import { sellInvoiced, takeBackGrants, unusedOfGrants } from '../ai-tokens/index.ts';
import { prorateCount } from '../billing/index.ts';
import { pinnedTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import {
  type Invoice,
  linesOf,
  netOf,
  type PaymentHooks,
  type RefundHook,
  takeBack,
} from '../invoices/index.ts';
import { ceilDiv } from '../money/index.ts';
import { moveToTier } from '../tenants/index.ts';
import { applyChange } from './apply-change.ts';
import { quoteChange } from './change-quote.ts';
import { type SubscriptionContext, type SubscriptionServices, subscriptionContext } from './context.ts';
import { grantTokens, includedTokens } from './included-tokens.ts';
import { moveToFree } from './move-to-free.ts';
import { monthAt } from './periods.ts';
import { RETRY_DAYS } from './retry-days.ts';
import { activate } from './start-subscription.ts';
import {
  lockSubscription,
  NOTHING_PENDING,
  type Subscription,
  tierPinOf,
  updateSubscription,
} from './subscription.ts';
import { tellDeclined, tellRecovered, tellSuspended } from './tell-by-email.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Invoices that are paid for the time of a subscription. */
const FEES: readonly Invoice['reason'][] = [
  'subscription_start',
  'subscription_cycle',
  'subscription_change',
];

/** What payments of invoices do to subscriptions and tokens. */
export function subscriptionPaymentHooks(services: SubscriptionServices): PaymentHooks {
  return {
    paid: (tx, { tenant_id, now }, invoice) =>
      afterPayment(tx, subscriptionContext(services, tenant_id, now), invoice),
    declined: (tx, { tenant_id, now }, invoice, reason) =>
      afterDecline(tx, subscriptionContext(services, tenant_id, now), invoice, reason),
    lost: (tx, { tenant_id, now }, invoice) =>
      afterLoss(tx, subscriptionContext(services, tenant_id, now), invoice),
  };
}

/** What waited for the invoice is done; tokens that it asked for are sold; who was suspended for it is back. */
async function afterPayment(tx: Tx, context: SubscriptionContext, invoice: Invoice): Promise<void> {
  const subscription = await lockSubscription(tx, context.tenant_id);
  if (subscription?.pending_invoice_id === invoice.invoice_id) {
    if (subscription.status === 'pending') await activate(tx, context, subscription);
    else await applyPending(tx, context, subscription);
  } else if (subscription?.status === 'past_due' || subscription?.status === 'suspended') {
    await recover(tx, context, subscription);
  }
  // One that was disputed was paid once before.
  if (invoice.dispute_status === null) await sellOwedTokens(tx, context, invoice);
}

async function applyPending(tx: Tx, context: SubscriptionContext, subscription: Subscription): Promise<void> {
  const {
    pending_at: at,
    pending_tier_owner_id: tier_owner_id,
    pending_tier_name: tier_name,
    pending_tier_version: tier_version,
    pending_price_cents: price_cents,
    pending_interval: interval,
    pending_tokens_taken_back: tokens_taken_back,
  } = subscription;
  if (
    at === null ||
    tier_owner_id === null ||
    tier_name === null ||
    tier_version === null ||
    price_cents === null ||
    interval === null ||
    tokens_taken_back === null
  )
    throw new Error(`subscription ${subscription.subscription_id} waits for a change that it does not name`);
  const pin = { tenant_id: tier_owner_id, tier_name, version: tier_version };
  const from = await pinnedTier(tx, context.tenant_id, tierPinOf(subscription));
  const to = await pinnedTier(tx, context.tenant_id, pin);
  // What it costs and what is taken back stands since it was invoiced.
  const change = { at, from, to, price_cents, interval, unused_tokens: 0n };
  const { tokens_granted } = quoteChange(subscription, change);
  const terms = { tier_owner_id, tier_name, tier_version, price_cents, interval };
  await applyChange(tx, context, subscription, { at, terms, from, to, tokens_granted, tokens_taken_back });
}

/** The subscription is in use again, once nothing of it is owed any more. */
async function recover(tx: Tx, context: SubscriptionContext, subscription: Subscription): Promise<void> {
  const { tenant_id } = context;
  const owed = await sql`
    select 1 from invoices
    where tenant_id = ${tenant_id} and (status = 'finalized' and payment_attempts > 0
      or status = 'uncollectible' and dispute_status is not null) limit 1`.execute(tx);
  if (owed.rows.length > 0) return;
  const changes = subscription.status === 'suspended' ? await putBack(tx, context, subscription) : {};
  const status = subscription.paused_at === null ? 'active' : 'paused';
  await updateSubscription(tx, subscription, { ...changes, status });
  if (subscription.status === 'suspended') await tellRecovered(tx, context, subscription);
}

/** The tier again, and of the tokens that the month includes the part of what is left of it. */
async function putBack(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
): Promise<Pick<Subscription, 'included_grant_ids'>> {
  const { tenant_id, now } = context;
  await moveToTier(tx, tenant_id, tierPinOf(subscription), now);
  const tier = await pinnedTier(tx, tenant_id, tierPinOf(subscription));
  const tokens = prorateCount(includedTokens(tier), monthAt(subscription, now), now);
  return { included_grant_ids: await grantTokens(tx, context, subscription, tier, tokens, now) };
}

async function sellOwedTokens(tx: Tx, context: SubscriptionContext, invoice: Invoice): Promise<void> {
  const { invoice_id, tax_behavior } = invoice;
  const lines = (await linesOf(tx, context.tenant_id, [invoice_id])).get(invoice_id) ?? [];
  for (const line of lines.filter(({ kind }) => kind === 'token_shortfall')) {
    const sale = { invoice_id, tokens: line.quantity, price_cents: netOf(line, tax_behavior) };
    await sellInvoiced(tx, context, sale);
  }
}

/** Of the month that is paid back, included tokens are taken back in proportion, as far as they are there. */
export function refundHook(services: SubscriptionServices): RefundHook {
  return async (tx, { tenant_id, now }, invoice, amount_cents) => {
    const subscription = await lockSubscription(tx, tenant_id);
    const is_present =
      subscription?.subscription_id === invoice.subscription_id &&
      subscription?.current_period_start.getTime() === invoice.period_start.getTime();
    if (subscription === undefined || !is_present || invoice.amount_paid_cents === 0n) return;
    const context = subscriptionContext(services, tenant_id, now);
    const tier = await pinnedTier(tx, tenant_id, tierPinOf(subscription));
    const tokens = ceilDiv(includedTokens(tier) * amount_cents, invoice.amount_paid_cents);
    await takeBackGrants(tx, context, subscription.included_grant_ids, tokens);
  };
}

/** What waited for the invoice is off, and it with it; any other is tried again, and at last the tier is taken away. */
async function afterDecline(
  tx: Tx,
  context: SubscriptionContext,
  invoice: Invoice,
  reason: string,
): Promise<void> {
  const subscription = await lockSubscription(tx, context.tenant_id);
  if (subscription?.pending_invoice_id === invoice.invoice_id) {
    await takeBack(tx, context, invoice);
    const failed = {
      status: 'failed',
      ended_at: context.now,
      end_reason: 'the first payment was declined',
    } as const;
    await updateSubscription(tx, subscription, {
      ...NOTHING_PENDING,
      ...(subscription.status === 'pending' ? failed : {}),
    });
    const after_last = subscription.status === 'pending' ? 'not_started' : 'not_changed';
    await tellDeclined(tx, context, invoice, { reason, next_payment_at: null, after_last });
    return;
  }
  // Of what was given up nothing is tried by itself.
  const next_payment_at = invoice.status === 'uncollectible' ? null : await tryAgain(tx, context, invoice);
  const of_subscription = subscription !== undefined && invoice.reason === 'subscription_cycle';
  const suspends = of_subscription && invoice.status !== 'uncollectible';
  const after_last = suspends ? 'suspended' : 'stays_owed';
  await tellDeclined(tx, context, invoice, { reason, next_payment_at, after_last });
  if (!suspends) return;
  if (next_payment_at === null && subscription.status === 'past_due')
    await suspend(tx, context, subscription, invoice);
  else if (subscription.status === 'active')
    await updateSubscription(tx, subscription, { status: 'past_due' });
}

/** What the time that nobody pays for included is gone with the tier, as far as it is there. */
async function suspend(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
  invoice: Invoice,
): Promise<void> {
  await moveToFree(tx, context.tenant_id, context.now);
  const { included_grant_ids } = subscription;
  const unused = await unusedOfGrants(tx, context.tenant_id, included_grant_ids);
  await takeBackGrants(tx, context, included_grant_ids, unused);
  await updateSubscription(tx, subscription, { status: 'suspended', included_grant_ids: [] });
  await tellSuspended(tx, context, subscription, invoice);
}

/**
 * A payment that a bank took back is as one that was never made, and nobody tries it again: the time that runs is not paid
 * for, so its subscription is suspended. Where that time is over, or a change is being paid, it only owes something.
 */
async function afterLoss(tx: Tx, context: SubscriptionContext, invoice: Invoice): Promise<void> {
  const subscription = await lockSubscription(tx, context.tenant_id);
  if (subscription?.subscription_id !== invoice.subscription_id || !FEES.includes(invoice.reason)) return;
  if (subscription === undefined || subscription.status === 'suspended') return;
  const runs = invoice.period_end > context.now && subscription.pending_invoice_id === null;
  if (runs) await suspend(tx, context, subscription, invoice);
  else if (subscription.status === 'active')
    await updateSubscription(tx, subscription, { status: 'past_due' });
}

/** Counts the attempt and puts the next one on the schedule; null after the last. */
async function tryAgain(
  tx: Tx,
  { tenant_id, now }: SubscriptionContext,
  invoice: Invoice,
): Promise<Date | null> {
  const days = RETRY_DAYS[invoice.payment_attempts];
  const next_payment_at = days === undefined ? null : new Date(now.getTime() + days * DAY_MS);
  await sql`
    update invoices set payment_attempts = payment_attempts + 1, next_payment_at = ${next_payment_at},
      last_payment_error = 'the payment was declined'
    where tenant_id = ${tenant_id} and invoice_id = ${invoice.invoice_id}`.execute(tx);
  if (next_payment_at === null) return null;
  const item = { tenant_id, kind: 'invoice_payment', ref_id: invoice.invoice_id } as const;
  await schedule(tx, { ...item, next_due_at: next_payment_at });
  return next_payment_at;
}
