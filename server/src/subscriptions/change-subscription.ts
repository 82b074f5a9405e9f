import { unusedOfGrants } from '../ai-tokens/index.ts';
import { type Interval, pinnedTier, type SubscriptionTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { beginPayment, creditOf, issueInvoice, lockInvoice, priceLines } from '../invoices/index.ts';
import { requireTenant, sellersTier } from '../tenants/index.ts';
import { applyChange } from './apply-change.ts';
import { beginsCycle, type ChangeQuote, quoteChange } from './change-quote.ts';
import type { SubscriptionContext } from './context.ts';
import { intervalEnd } from './periods.ts';
import { pendingOf, type Terms } from './start-subscription.ts';
import {
  findSubscription,
  lockSubscription,
  requireRunning,
  type Subscription,
  tierPinOf,
  updateSubscription,
} from './subscription.ts';
import { priceOfTier } from './tier-price.ts';

/**
 * Another tier or interval, now or at the end of the period. Where it is not said, up is now and down is at the end, and
 * from month to year is now and back at the end.
 */
export interface ChangeRequest {
  tier_name: string;
  /** The present one where it is left out. */
  interval?: Interval | undefined;
  when?: 'now' | 'period_end' | undefined;
  custom_price_cents?: number | undefined;
}

/** What a change would come to, with tax and credit, in minor units. */
export interface ChangePreview {
  when: 'now' | 'period_end';
  effective_at: Date;
  currency: string;
  subtotal_cents: bigint;
  tax_cents: bigint;
  total_cents: bigint;
  credit_applied_cents: bigint;
  amount_due_cents: bigint;
  lines: (ChangeQuote['lines'][number] & { tax_cents: bigint })[];
}

/** A change as it is about to be made. */
interface PlannedChange {
  subscription: Subscription;
  from: SubscriptionTier;
  to: SubscriptionTier;
  terms: Terms;
  when: 'now' | 'period_end';
  quote: ChangeQuote;
}

/**
 * What a change would cost at this moment, to the cent. Fails with `subscription_missing`, `subscription_unchanged`,
 * `subscription_not_changeable`, `price_not_offered` or `request_invalid`.
 */
export async function previewChange(
  tx: Tx,
  context: SubscriptionContext,
  request: ChangeRequest,
): Promise<ChangePreview> {
  const found = requireRunning(await findSubscription(tx, context.tenant_id));
  const { subscription, when, quote } = await planChange(tx, context, found, request);
  const lines = when === 'now' ? quote.lines : [];
  const { parent_tenant_id } = await requireTenant(tx, context.tenant_id);
  const invoice = { seller_id: parent_tenant_id ?? context.tenant_id, currency: subscription.currency };
  const priced = await priceLines(tx, context, invoice, lines);
  const due = priced.total_cents > 0n ? priced.total_cents : 0n;
  const credit = await creditOf(tx, context.tenant_id);
  const credit_applied_cents = credit < due ? credit : due;
  return {
    when,
    effective_at: when === 'now' ? context.now : subscription.current_period_end,
    currency: subscription.currency,
    subtotal_cents: priced.subtotal_cents,
    tax_cents: priced.tax_cents,
    total_cents: priced.total_cents,
    credit_applied_cents,
    amount_due_cents: due - credit_applied_cents,
    lines: lines.map((line, index) => ({ ...line, tax_cents: priced.lines[index]?.tax_cents ?? 0n })),
  };
}

/**
 * Changes the terms: at the end of the period without money, or now with one invoice whose total is the preview's. Where
 * something is to be paid the change is made when it is, and the transaction of the payment is answered; whoever asks
 * for the same change meanwhile joins it. Fails as previewChange() does, and with `subscription_change_pending`.
 */
export async function changeSubscription(
  tx: Tx,
  context: SubscriptionContext,
  request: ChangeRequest,
  joined: boolean,
): Promise<{ payment: string | undefined }> {
  const locked = requireRunning(await lockSubscription(tx, context.tenant_id));
  if (locked.pending_invoice_id !== null)
    return { payment: await joinChange(tx, context, locked, locked.pending_invoice_id, request) };
  // Who joins may come after it was done.
  if (joined && isDone(locked, request)) return { payment: undefined };
  const planned = await planChange(tx, context, locked, request);
  if (planned.when === 'period_end') {
    await updateSubscription(tx, planned.subscription, nextOf(planned));
    return { payment: undefined };
  }
  return { payment: await changeNow(tx, context, planned) };
}

function isDone(
  { tier_name, interval, next_tier_name, next_interval }: Subscription,
  wanted: ChangeRequest,
): boolean {
  const is = (tier: string | null, every: Interval | null) =>
    tier === wanted.tier_name && (wanted.interval ?? every) === every;
  return is(tier_name, interval) || is(next_tier_name, next_interval);
}

async function changeNow(
  tx: Tx,
  context: SubscriptionContext,
  planned: PlannedChange,
): Promise<string | undefined> {
  const { subscription, from, to, terms, quote } = planned;
  const { lines, ...tokens } = quote;
  const { tenant_id, now } = context;
  const change = { at: now, terms, from, to, ...tokens };
  if (lines.length === 0) {
    await applyChange(tx, context, subscription, change);
    return undefined;
  }
  const { parent_tenant_id } = await requireTenant(tx, tenant_id);
  const { current_period_end, interval, time_zone } = subscription;
  const invoice = await issueInvoice(
    tx,
    context,
    {
      reason: 'subscription_change',
      seller_id: parent_tenant_id ?? tenant_id,
      currency: subscription.currency,
      subscription_id: subscription.subscription_id,
      period_id: null,
      period_start: now,
      period_end:
        terms.interval === interval
          ? current_period_end
          : intervalEnd({ anchor_at: now, time_zone, interval: terms.interval }, now),
      lines,
    },
    'now',
  );
  if (invoice.status === 'paid') {
    await applyChange(tx, context, subscription, change);
    return undefined;
  }
  await updateSubscription(tx, subscription, pendingOf(terms, invoice, now, tokens.tokens_taken_back));
  return await beginPayment(tx, context, context.payments, invoice);
}

async function joinChange(
  tx: Tx,
  context: SubscriptionContext,
  { tenant_id, interval, pending_tier_name, pending_interval }: Subscription,
  pending_invoice_id: string,
  request: ChangeRequest,
): Promise<string> {
  if (pending_tier_name !== request.tier_name || pending_interval !== (request.interval ?? interval))
    fail(
      'subscription_change_pending',
      `The change to "${pending_tier_name}" is being paid; wait for how it ends.`,
    );
  const invoice = await lockInvoice(tx, tenant_id, pending_invoice_id);
  return await beginPayment(tx, context, context.payments, invoice);
}

async function planChange(
  tx: Tx,
  { tenant_id, now }: SubscriptionContext,
  subscription: Subscription,
  request: ChangeRequest,
): Promise<PlannedChange> {
  if (!['active', 'trialing', 'past_due'].includes(subscription.status))
    fail('subscription_not_changeable', `The subscription is ${subscription.status}.`);
  const to = await sellersTier(tx, tenant_id, request.tier_name);
  const from = await pinnedTier(tx, tenant_id, tierPinOf(subscription));
  const interval = request.interval ?? subscription.interval;
  const { custom_price_cents } = request;
  const price_cents =
    custom_price_cents === undefined
      ? priceOfTier(to, interval, subscription.currency)
      : BigInt(custom_price_cents);
  const same =
    to.tier_id === from.tier_id && to.version === from.version && interval === subscription.interval;
  if (same && price_cents === subscription.price_cents)
    fail('subscription_unchanged', `The subscription is on "${to.tier_name}" already.`);
  const when = request.when ?? whenOf(subscription, interval, price_cents);
  if (when === 'now' && beginsCycle(subscription, interval) && subscription.next_cycle_at <= now)
    fail('subscription_not_changeable', 'A period has just ended; try again when the next has begun.');
  const unused_tokens = await unusedOfGrants(tx, tenant_id, subscription.included_grant_ids);
  const change = { at: now, from, to, price_cents, interval, unused_tokens };
  const quote = quoteChange(subscription, change);
  // A trial costs nothing, so there is nothing to prorate.
  const lines = subscription.status === 'trialing' ? [] : quote.lines;
  const tier = { tier_owner_id: to.tenant_id, tier_name: to.tier_name, tier_version: to.version };
  const terms = { ...tier, price_cents, interval };
  return { subscription, from, to, terms, when, quote: { ...quote, lines } };
}

function whenOf(present: Subscription, interval: Interval, price_cents: bigint): 'now' | 'period_end' {
  const now = interval === present.interval ? price_cents >= present.price_cents : interval === 'year';
  return now ? 'now' : 'period_end';
}

function nextOf({ terms }: PlannedChange) {
  return {
    next_tier_owner_id: terms.tier_owner_id,
    next_tier_name: terms.tier_name,
    next_tier_version: terms.tier_version,
    next_price_cents: terms.price_cents,
    next_interval: terms.interval,
    cancel_at_period_end: false,
  };
}
