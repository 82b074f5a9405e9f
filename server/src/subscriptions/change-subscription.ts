import { sql } from 'kysely';
import { takeBackGrants, unusedOfGrants } from '../ai-tokens/index.ts';
import { successfulCallsOf } from '../api-usage/index.ts';
import { currentPeriod, prorateCount } from '../billing/index.ts';
import { pinnedTier, type SubscriptionTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import {
  beginPayment,
  creditOf,
  issueInvoice,
  lockInvoice,
  type NewInvoice,
  priceLines,
} from '../invoices/index.ts';
import { moveToTier, requireTenant, sellersTier } from '../tenants/index.ts';
import { type ChangeQuote, quoteChange } from './change-quote.ts';
import type { SubscriptionContext } from './context.ts';
import { grantTokens } from './included-tokens.ts';

import { monthAt } from './periods.ts';
import { beginPhase } from './phases.ts';
import { NOTHING_PENDING, pendingOf } from './start-subscription.ts';
import {
  findSubscription,
  lockSubscription,
  requireRunning,
  type Subscription,
  tierPinOf,
  updateSubscription,
} from './subscription.ts';
import { priceOfTier } from './tier-price.ts';

/** Another tier, now or at the end of the period; where it is not said, up is now and down is at the end. */
export interface ChangeRequest {
  tier_name: string;
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
  price_cents: bigint;
  custom_price: boolean;
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
 * Changes the tier: at the end of the period without money, or now with one invoice whose total is the preview's. Where
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
  if (joined && [locked.tier_name, locked.next_tier_name].includes(request.tier_name))
    return { payment: undefined };
  const planned = await planChange(tx, context, locked, request);
  if (planned.when === 'period_end') {
    await updateSubscription(tx, planned.subscription, nextOf(planned));
    return { payment: undefined };
  }
  return { payment: await changeNow(tx, context, planned) };
}

async function changeNow(
  tx: Tx,
  context: SubscriptionContext,
  planned: PlannedChange,
): Promise<string | undefined> {
  const { subscription, quote, to, price_cents } = planned;
  const { tenant_id, now } = context;
  const target = {
    tier_owner_id: to.tenant_id,
    tier_name: to.tier_name,
    tier_version: to.version,
    price_cents,
  };
  if (quote.lines.length === 0) {
    await applyChange(tx, context, subscription, { ...target, at: now }, quote);
    return undefined;
  }
  const { parent_tenant_id } = await requireTenant(tx, tenant_id);
  const terms: NewInvoice = {
    reason: 'subscription_change',
    seller_id: parent_tenant_id ?? tenant_id,
    currency: subscription.currency,
    subscription_id: subscription.subscription_id,
    period_id: null,
    period_start: now,
    period_end: subscription.current_period_end,
    lines: quote.lines,
  };
  const invoice = await issueInvoice(tx, context, terms, 'now');
  if (invoice.status === 'paid') {
    await applyChange(tx, context, subscription, { ...target, at: now }, quote);
    return undefined;
  }
  await updateSubscription(tx, subscription, pendingOf(target, invoice, now));
  return await beginPayment(tx, context, context.payments, invoice);
}

async function joinChange(
  tx: Tx,
  context: SubscriptionContext,
  { tenant_id, pending_tier_name }: Subscription,
  pending_invoice_id: string,
  { tier_name }: ChangeRequest,
): Promise<string> {
  if (pending_tier_name !== tier_name)
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
  const custom_price = request.custom_price_cents !== undefined;
  const price_cents = custom_price
    ? BigInt(request.custom_price_cents ?? 0)
    : priceOfTier(to, subscription.interval, subscription.currency);
  const same = to.tenant_id === from.tenant_id && to.tier_id === from.tier_id && to.version === from.version;
  if (same && price_cents === subscription.price_cents)
    fail('subscription_unchanged', `The subscription is on "${to.tier_name}" already.`);
  const when = request.when ?? (price_cents >= subscription.price_cents ? 'now' : 'period_end');
  const unused_tokens = await unusedOfGrants(tx, tenant_id, subscription.included_grant_ids);
  const change = { at: now, from, to, price_cents, unused_tokens };
  const quote = quoteChange(subscription, change);
  // A trial costs nothing, so there is nothing to prorate.
  const lines = subscription.status === 'trialing' ? [] : quote.lines;
  return { subscription, from, to, price_cents, custom_price, when, quote: { ...quote, lines } };
}

function nextOf({ to, price_cents }: PlannedChange) {
  return {
    next_tier_owner_id: to.tenant_id,
    next_tier_name: to.tier_name,
    next_tier_version: to.version,
    next_price_cents: price_cents,
    cancel_at_period_end: false,
  };
}

/** Another tier's terms, and from when. */
type Target = Pick<Subscription, 'tier_owner_id' | 'tier_name' | 'tier_version' | 'price_cents'> & {
  at: Date;
};

/** Makes a change whose invoice is paid, or that has none: the tier, its tokens, its calls. */
export async function applyChange(
  tx: Tx,
  context: SubscriptionContext,
  subscription: Subscription,
  { at, ...target }: Target,
  quote: Pick<ChangeQuote, 'tokens_granted' | 'tokens_taken_back'>,
): Promise<void> {
  const { tenant_id } = context;
  const to = await pinnedTier(tx, tenant_id, {
    tenant_id: target.tier_owner_id,
    tier_name: target.tier_name,
    version: target.tier_version,
  });
  const from = await pinnedTier(tx, tenant_id, tierPinOf(subscription));
  await allowCalls(tx, context, subscription, from, to, at);
  const changed = await updateSubscription(tx, subscription, {
    ...target,
    ...NOTHING_PENDING,
    next_tier_owner_id: null,
    next_tier_name: null,
    next_tier_version: null,
    next_price_cents: null,
    cancel_at_period_end: false,
  });
  await moveToTier(tx, tenant_id, tierPinOf(changed), at);
  await beginPhase(tx, changed, { at, paid: subscription.status !== 'trialing', reason: 'change' });
  if (quote.tokens_taken_back > 0n)
    await takeBackGrants(tx, context, subscription.included_grant_ids, quote.tokens_taken_back);
  const granted = await grantTokens(tx, context, changed, to, quote.tokens_granted, at);
  const included_grant_ids = [...subscription.included_grant_ids, ...granted];
  await updateSubscription(tx, changed, { included_grant_ids });
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
