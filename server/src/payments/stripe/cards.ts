import { createHash } from 'node:crypto';
import Stripe from 'stripe';
import type { CardDetails } from '../card.ts';
import type { CheckoutRequest, CheckoutState, OpenedCheckout, SavedCard } from '../provider.ts';
import { type StripeSettings, stripeClient } from './client.ts';
import { declined, refusalOf } from './refusals.ts';

/** Makes the customer of a tenant. The key holds the name as well, because a key refuses another body. */
export async function makeCustomer(
  settings: StripeSettings,
  { tenant_id, name }: { tenant_id: string; name: string },
  signal: AbortSignal,
): Promise<string> {
  const named = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const made = await stripeClient(settings, signal).customers.create(
    { name, metadata: { tenant_id } },
    { idempotencyKey: `customer/${tenant_id}/${named}` },
  );
  return made.id;
}

/**
 * Saves a card for charges without its owner: a SetupIntent, so that the bank can refuse it now. Where the bank wants
 * its owner, that is a refusal: a checkout asks the owner.
 */
export async function saveCard(
  settings: StripeSettings,
  payment_method: string,
  customer: string,
  signal: AbortSignal,
): Promise<SavedCard> {
  const stripe = stripeClient(settings, signal);
  try {
    const setup = await stripe.setupIntents.create(
      {
        customer,
        payment_method,
        allowed_payment_method_types: ['card'],
        usage: 'off_session',
        confirm: true,
        return_url: `${settings.public_url}/payments/done`,
        expand: ['payment_method'],
      },
      { idempotencyKey: `setup/${customer}/${payment_method}` },
    );
    const saved = setup.payment_method;
    if (setup.status === 'succeeded' && saved !== null && typeof saved !== 'string')
      return { status: 'saved', card: cardOf(saved) };
    return declined(
      'authentication_required',
      'the bank wants the owner of the card: save it with a checkout of the purpose setup',
    );
  } catch (error) {
    return refusalOf(error);
  }
}

/** Forgets a card; Stripe refuses that for one that is not there or with nobody, and then it is forgotten. */
export async function removeCard(
  settings: StripeSettings,
  payment_method: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await stripeClient(settings, signal).paymentMethods.detach(payment_method);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  }
}

/** What Stripe shows of a card. */
export function cardOf({ id: external_id, type, card }: Stripe.PaymentMethod): CardDetails {
  return {
    external_id,
    brand: (card?.brand ?? type).slice(0, 40),
    last4: card?.last4 ?? null,
    expires_month: card?.exp_month ?? null,
    expires_year: card?.exp_year ?? null,
  };
}

/** Opens a page of Stripe Checkout. What it sells or saves carries our ids, so that its news find them. */
export async function openCheckout(
  settings: StripeSettings,
  asked: CheckoutRequest,
  signal: AbortSignal,
): Promise<OpenedCheckout> {
  const { checkout_id, tenant_id, sale, payment_customer: customer, success_url, cancel_url } = asked;
  const currency = asked.currency.toLowerCase();
  const common = {
    customer,
    success_url,
    cancel_url,
    client_reference_id: checkout_id,
    metadata: { tenant_id, checkout_id },
    allowed_payment_method_types: ['card' as const],
  };
  const session = await stripeClient(settings, signal).checkout.sessions.create(
    sale === null
      ? { ...common, mode: 'setup' }
      : {
          ...common,
          mode: 'payment',
          line_items: [
            {
              quantity: 1,
              price_data: {
                currency,
                unit_amount: Number(sale.amount_cents),
                product_data: { name: sale.title },
              },
            },
          ],
          payment_intent_data: {
            metadata: { tenant_id, transaction_id: checkout_id },
            setup_future_usage: 'off_session',
          },
        },
    { idempotencyKey: checkout_id },
  );
  if (!session.url) throw new Error(`Stripe opened ${session.id} without an address`);
  return { external_id: session.id, checkout_url: session.url };
}

/** How a page that saves a card stands. */
export async function readCheckout(
  settings: StripeSettings,
  external_id: string,
  signal: AbortSignal,
): Promise<CheckoutState> {
  const session = await stripeClient(settings, signal).checkout.sessions.retrieve(external_id, {
    expand: ['setup_intent.payment_method'],
  });
  const setup = session.setup_intent;
  const saved = setup !== null && typeof setup !== 'string' ? setup?.payment_method : null;
  if (session.status === 'complete' && saved && typeof saved !== 'string')
    return { status: 'completed', card: cardOf(saved) };
  return { status: session.status === 'expired' ? 'expired' : 'open' };
}
