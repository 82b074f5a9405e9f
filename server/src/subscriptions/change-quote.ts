import { prorate, prorateCount } from '../billing/index.ts';
import type { Interval, SubscriptionTier } from '../catalog/index.ts';
import type { DraftLine } from '../invoices/index.ts';
import { ceilDiv } from '../money/index.ts';
import { feeLine } from './fee-line.ts';
import { includedTokens } from './included-tokens.ts';
import { intervalEnd, monthAt, perYear } from './periods.ts';
import type { Subscription } from './subscription.ts';
import { priceVersion } from './tier-price.ts';

/** Other terms in the middle of a period, at a time. */
export interface Change {
  at: Date;
  from: SubscriptionTier;
  to: SubscriptionTier;
  price_cents: bigint;
  interval: Interval;
  /** Of the tokens that the present billing period included, those that are still there. */
  unused_tokens: bigint;
}

/** What a change now comes to. */
export interface ChangeQuote {
  lines: DraftLine[];
  /** Tokens to grant: for the rest of the billing period, or for the month that begins with another interval. */
  tokens_granted: bigint;
  /** Tokens of the present grants to take back. */
  tokens_taken_back: bigint;
}

/** Whether a cycle of its own begins with other terms: with another interval, but for a trial, which goes on to its end. */
export function beginsCycle({ interval, status }: Subscription, to: Interval): boolean {
  return to !== interval && status !== 'trialing';
}

/**
 * What it costs to change now: the rest of the old price back, and by the second the rest of the new one due, or with
 * another interval the whole of it, for that begins now. Going down, and where the month is cut because another begins, what
 * comes back for the present billing period is at most the share of its included tokens that was not used, and as many
 * tokens as are paid back are taken back: so nobody gains by going up, spending and going down. Pure.
 */
export function quoteChange(subscription: Subscription, change: Change): ChangeQuote {
  const { at, to, price_cents, interval } = change;
  const anew = beginsCycle(subscription, interval);
  const rest = prorate(subscription.price_cents, spanOf(subscription), at);
  const back =
    anew || !isUp(subscription, change)
      ? lessUsed(subscription, change, rest)
      : { credit_cents: rest, tokens_taken_back: 0n };
  const lines = [
    restLine(subscription, change, 'unused', -back.credit_cents),
    ...(anew
      ? newFee(subscription, change)
      : [restLine(subscription, change, 'rest', prorate(price_cents, spanOf(subscription), at))]),
  ].filter(({ amount_cents }) => amount_cents !== 0n);
  return {
    lines,
    tokens_granted: anew ? includedTokens(to) : tokensToGrant(subscription, change),
    tokens_taken_back: back.tokens_taken_back,
  };
}

function spanOf({ current_period_start, current_period_end }: Subscription) {
  return { starts_at: current_period_start, ends_at: current_period_end };
}

function isUp(subscription: Subscription, { price_cents, interval }: Change): boolean {
  return perYear(price_cents, interval) >= perYear(subscription.price_cents, subscription.interval);
}

function restLine(
  subscription: Subscription,
  change: Change,
  what: 'unused' | 'rest',
  amount_cents: bigint,
): DraftLine {
  const { at } = change;
  const tier = what === 'unused' ? change.from : change.to;
  const { price_cents } = what === 'unused' ? subscription : change;
  const span = spanOf(subscription);
  return {
    kind: 'proration',
    description:
      what === 'unused' ? `Unused time of ${tier.title}` : `${tier.title} for the rest of the period`,
    quantity: 1n,
    amount_cents,
    starts_at: at,
    ends_at: span.ends_at,
    deferred: true,
    source_key: sourceKey(subscription, change, what),
    explanation: {
      price_version: priceVersion(tier, { ...subscription, price_cents }),
      price_cents: Number(price_cents),
      period_start: span.starts_at.toISOString(),
      period_end: span.ends_at.toISOString(),
      from: at.toISOString(),
    },
  };
}

/** It may change again within a millisecond, so from what to what is told too. */
function sourceKey(
  { subscription_id }: Subscription,
  change: Change,
  what: 'unused' | 'rest' | 'fee',
): string {
  const { at, from, to, price_cents, interval } = change;
  const terms = `${from.tier_name}:${from.version}>${to.tier_name}:${to.version}:${price_cents}:${interval}`;
  return `change:${subscription_id}:${at.toISOString()}:${terms}:${what}`;
}

function newFee(subscription: Subscription, change: Change): DraftLine[] {
  const { subscription_id, time_zone, currency } = subscription;
  const { at, to, price_cents, interval } = change;
  const terms = { subscription_id, interval, price_cents, currency };
  return feeLine(terms, to, at, intervalEnd({ anchor_at: at, time_zone, interval }, at)).map((line) => ({
    ...line,
    source_key: sourceKey(subscription, change, 'fee'),
  }));
}

/** What comes back of a month that is not used to its end, and the tokens that go with it. */
function lessUsed(
  subscription: Subscription,
  { at, from, unused_tokens }: Change,
  rest: bigint,
): { credit_cents: bigint; tokens_taken_back: bigint } {
  const included = includedTokens(from);
  const month = monthAt(subscription, at);
  const span = spanOf(subscription);
  const later = prorate(subscription.price_cents, span, month.ends_at);
  const month_price = prorate(subscription.price_cents, span, month.starts_at) - later;
  if (included === 0n || month_price === 0n) return { credit_cents: rest, tokens_taken_back: 0n };
  const by_time = rest - later;
  const by_tokens = (month_price * unused_tokens) / included;
  const credited = by_tokens < by_time ? by_tokens : by_time;
  // Rounded up, so that no token is both paid back and kept.
  const tokens = ceilDiv(included * credited, month_price);
  return {
    credit_cents: later + credited,
    tokens_taken_back: tokens < unused_tokens ? tokens : unused_tokens,
  };
}

/** Going up, what the new tier includes more; going down, what it includes: each for the rest of the billing period. */
function tokensToGrant(subscription: Subscription, change: Change): bigint {
  const { at, from, to } = change;
  const tokens = includedTokens(to) - (isUp(subscription, change) ? includedTokens(from) : 0n);
  return tokens <= 0n ? 0n : prorateCount(tokens, monthAt(subscription, at), at);
}
