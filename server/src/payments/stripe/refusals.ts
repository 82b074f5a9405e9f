import Stripe from 'stripe';
import type { Declined } from '../provider.ts';

/**
 * What Stripe's error says of the money: a refusal where Stripe has decided, and has taken nothing. Everything else is
 * thrown again: a lost connection, an error of Stripe's own, a bad key, too many requests or a twin under way leave open
 * what happened.
 */
export function refusalOf(error: unknown): Declined {
  if (error instanceof Stripe.errors.StripeCardError) {
    // The SDK has an empty text where Stripe says nothing.
    return declined(error.decline_code || error.code || 'card_declined', error.message);
  }
  const decided =
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    (error.statusCode === 400 || error.statusCode === 404 || error.statusCode === 402);
  if (!decided) throw error;
  return declined(error.code || 'request_refused', error.message);
}

/** A refusal of Stripe's. */
export function declined(decline_code: string, reason: string): Declined {
  return { status: 'declined', decline_code, reason };
}
