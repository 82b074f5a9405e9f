import { fail } from '../../errors/index.ts';
import { ceilDiv } from '../../money/index.ts';
import {
  type Book,
  compareBurnOrder,
  type Entry,
  freeOf,
  type Grant,
  type Pin,
  stampEntry,
  timeOfNextEntry,
} from './book.ts';
import { type Burn, burnGrant } from './burn.ts';
import { deferredOf, releasedBy } from './deferred.ts';
import { expireGrants } from './expire.ts';
import { freePins } from './pins.ts';

/** The most tokens a book may ever have been sold or given: what JSON carries exactly. */
export const BOOK_TOKENS_MAX = 2n ** 53n - 1n;

/**
 * Puts a new grant into the book. A sold one first repays what the tenant owes; a given one repays nothing.
 * Fails with `amount_out_of_range` where the book would exceed 2^53-1 tokens.
 */
export function addGrant(book: Book, grant: Grant, now: Date): Entry & { repaid?: Burn } {
  expireGrants(book, now);
  const balance = book.balance;
  requireRoom(book, grant.tokens);
  balance[grant.source === 'sold' ? 'tokens_purchased' : 'tokens_granted'] += grant.tokens;
  grant.created_at = timeOfNextEntry(book, now);
  grant.book_version = balance.book_version + 1n;
  book.grants.push(grant);
  book.grants.sort(compareBurnOrder);
  book.changed.add(grant);
  if (grant.source === 'given') return stampEntry(book, now);
  balance.last_purchase_at = grant.created_at;
  const repay = balance.tokens_shortfall < grant.tokens ? balance.tokens_shortfall : grant.tokens;
  if (repay === 0n) return stampEntry(book, now);
  balance.tokens_shortfall -= repay;
  const repaid = burnGrant(book, grant, repay);
  return { ...stampEntry(book, now), repaid };
}

/**
 * Fails with `amount_out_of_range` where that many more tokens, sold or given, would exceed 2^53-1 in all. Whoever lets
 * somebody pay first asks before the payment too, because after it there is no way back.
 */
export function requireRoom(book: Book, tokens: bigint): void {
  if (book.balance.tokens_purchased + book.balance.tokens_granted + tokens <= BOOK_TOKENS_MAX) return;
  fail('amount_out_of_range', `a tenant can have at most ${BOOK_TOKENS_MAX} tokens over all time`);
}

/**
 * The tokens that a refund of `amount_cents` takes back: in proportion to all that was refunded of the grant, rounded
 * up, and never more than is free. The caller has checked the amount against `refundableOf`.
 */
export function tokensForRefund(grant: Grant, amount_cents: bigint): bigint {
  const proportional =
    ceilDiv(grant.tokens * (grant.refunded_cents + amount_cents), grant.price_cents) - grant.tokens_refunded;
  const free = freeOf(grant);
  return proportional < free ? proportional : free;
}

/**
 * Takes tokens that the refund had pinned out of the book; `amount_cents` leaves deferred revenue with them. While the
 * provider was asked, a hold may have been settled whose revenue rounded up into those cents: that much is not revenue
 * after all, and is taken back (`unrecognised_cents`).
 */
export function refundGrant(
  book: Book,
  grant: Grant,
  pin: Pin,
  amount_cents: bigint,
  now: Date,
): Entry & { breakage_cents: bigint; unrecognised_cents: bigint } {
  // While the provider was asked, other grants may have expired.
  expireGrants(book, now);
  const deferred_cents = deferredOf(grant);
  const unrecognised_cents = amount_cents > deferred_cents ? amount_cents - deferred_cents : 0n;
  grant.recognised_cents -= unrecognised_cents;
  freePins(book, [pin]);
  grant.tokens_refunded += pin.tokens;
  grant.refunded_cents += amount_cents;
  book.balance.tokens_refunded += pin.tokens;
  // A refund that takes the last tokens can leave an odd cent deferred; nothing will ever earn it, so it is breakage.
  const breakage_cents = releasedBy(grant);
  grant.breakage_cents += breakage_cents;
  book.changed.add(grant);
  return { ...stampEntry(book, now), breakage_cents, unrecognised_cents };
}
