import type { PaymentProvider } from '../provider.ts';
import { makeCustomer, openCheckout, readCheckout, removeCard, saveCard } from './cards.ts';
import { abandon, charge, repay } from './charges.ts';
import type { StripeSettings } from './client.ts';
import { readStripeNews } from './read-news.ts';

/** Stripe, through its own SDK. */
export function stripeProvider(settings: StripeSettings): PaymentProvider {
  return {
    name: 'stripe',
    needs_method: true,
    ...(settings.deadline_ms !== undefined && { deadline_ms: settings.deadline_ms }),
    charge: (asked, signal) => charge(settings, asked, signal),
    abandon: (asked, signal) => abandon(settings, asked, signal),
    repay: (asked, signal) => repay(settings, asked, signal),
    makeCustomer: (owner, signal) => makeCustomer(settings, owner, signal),
    saveCard: (token, customer, signal) => saveCard(settings, token, customer, signal),
    removeCard: (external_id, signal) => removeCard(settings, external_id, signal),
    openCheckout: (asked, signal) => openCheckout(settings, asked, signal),
    readNews: (payload, signal) => readStripeNews(settings, payload, signal),
    readCheckout: ({ external_id }, signal) => readCheckout(settings, external_id, signal),
  };
}
