import { prorate, prorateCount } from '../billing/index.ts';
import type { SubscriptionTier } from '../catalog/index.ts';
import type { DraftLine } from '../invoices/index.ts';
import { ceilDiv } from '../money/index.ts';
import { includedTokens } from './included-tokens.ts';
import { monthAt } from './periods.ts';
import type { Subscription } from './subscription.ts';

/** Another tier in the middle of a period, at a time. */
export interface Change {
  at: Date;
  from: SubscriptionTier;
  to: SubscriptionTier;
  price_cents: bigint;
  /** Of the tokens that the present billing period included, those that are still there. */
  unused_tokens: bigint;
}

/** What a change now comes to. */
export interface ChangeQuote {
  lines: DraftLine[];
  /** Tokens to grant for the rest of the billing period. */
  tokens_granted: bigint;
  /** Tokens of the present grant to take back. */
  tokens_taken_back: bigint;
}

/**
 * What it costs to change now: the rest of the old price back, the rest of the new one due, by the second. Going down, what
 * comes back for the present billing period is at most the share of its included tokens that was not used, and as many
 * tokens as are paid back are taken back: so nobody gains by going up, spending and going down. Pure.
 */
export function quoteChange(subscription: Subscription, change: Change): ChangeQuote {
  const { at, from, to, price_cents } = change;
  const span = { starts_at: subscription.current_period_start, ends_at: subscription.current_period_end };
  const rest = prorate(subscription.price_cents, span, at);
  const down = price_cents < subscription.price_cents;
  const back = down ? lessUsed(subscription, change, rest) : { credit_cents: rest, tokens_taken_back: 0n };
  const line = (
    title: string,
    what: 'unused' | 'rest',
    amount_cents: bigint,
    tier: SubscriptionTier,
  ): DraftLine => ({
    kind: 'proration',
    description: what === 'unused' ? `Unused time of ${title}` : `${title} for the rest of the period`,
    quantity: 1n,
    amount_cents,
    starts_at: at,
    ends_at: subscription.current_period_end,
    deferred: true,
    source_key: `change:${subscription.subscription_id}:${at.toISOString()}:${what}`,
    explanation: {
      price_version: `${tier.tier_name}:${tier.version}`,
      price_cents: Number(what === 'unused' ? subscription.price_cents : price_cents),
      period_start: span.starts_at.toISOString(),
      period_end: span.ends_at.toISOString(),
      from: at.toISOString(),
    },
  });
  const lines = [
    line(from.title, 'unused', -back.credit_cents, from),
    line(to.title, 'rest', prorate(price_cents, span, at), to),
  ].filter(({ amount_cents }) => amount_cents !== 0n);
  return {
    lines,
    tokens_granted: tokensToGrant(subscription, change),
    tokens_taken_back: back.tokens_taken_back,
  };
}

/** What comes back going down, and the tokens that go with it. */
function lessUsed(
  subscription: Subscription,
  { at, from, unused_tokens }: Change,
  rest: bigint,
): { credit_cents: bigint; tokens_taken_back: bigint } {
  const included = includedTokens(from);
  const month = monthAt(subscription, at);
  const span = { starts_at: subscription.current_period_start, ends_at: subscription.current_period_end };
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
function tokensToGrant(subscription: Subscription, { at, from, to, price_cents }: Change): bigint {
  const up = price_cents >= subscription.price_cents;
  const tokens = includedTokens(to) - (up ? includedTokens(from) : 0n);
  return tokens <= 0n ? 0n : prorateCount(tokens, monthAt(subscription, at), at);
}
