import { halfEven } from '../../money/index.ts';
import { type Grant, leftOf } from './book.ts';

/**
 * The part of a grant's price that `left` of its tokens still owe: half_even(price x left / tokens), in minor units.
 * The one function that splits a price; recognition, breakage and refunds are differences of it, so they add up.
 */
export function deferredFor(grant: Grant, left: bigint): bigint {
  return halfEven(grant.price_cents * left, grant.tokens);
}

/** What a grant's price has not yet earned or given back, in minor units. */
export function deferredOf(grant: Grant): bigint {
  return grant.price_cents - grant.recognised_cents - grant.breakage_cents - grant.refunded_cents;
}

/**
 * What leaves deferred revenue when tokens of a grant are gone, in minor units. Call it after the tokens were counted.
 * It is never negative: a refund of an odd cent may leave less deferred than `left` would owe, and the next tokens
 * then recognise nothing until the two meet. With the last token everything goes.
 */
export function releasedBy(grant: Grant): bigint {
  const released = deferredOf(grant) - deferredFor(grant, leftOf(grant));
  return released > 0n ? released : 0n;
}

/** The most that can be paid back for a grant: deferred(left) - deferred(held), in minor units. */
export function refundableOf(grant: Grant): bigint {
  const refundable = deferredOf(grant) - deferredFor(grant, grant.tokens_held);
  return grant.source === 'sold' && refundable > 0n ? refundable : 0n;
}
