import type Stripe from 'stripe';
import type { DisputeState, PaymentNews } from '../news.ts';
import { cardOf } from './cards.ts';
import { type StripeSettings, stripeClient } from './client.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What an event of Stripe's means to us; undefined where it is about nothing of ours. Whom it is about stands in the
 * metadata that we gave Stripe. Cards and disputes are read again, so that an event which comes late, or before
 * another, tells what is true now.
 */
export async function readStripeNews(
  settings: StripeSettings,
  payload: string,
  signal: AbortSignal,
): Promise<PaymentNews | undefined> {
  const event = JSON.parse(payload) as Stripe.Event;
  const stripe = stripeClient(settings, signal);
  switch (event.type) {
    case 'payment_intent.succeeded':
      return ofTransaction('charge_succeeded', event.data.object.metadata);
    case 'payment_intent.payment_failed':
    case 'payment_intent.canceled':
      return ofTransaction('charge_failed', event.data.object.metadata);
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
      return ofTransaction('refund_updated', event.data.object.metadata);
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated':
      return readDispute(stripe, event.data.object.id);
    case 'payment_method.attached':
      return readCard(stripe, event.data.object.id);
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
    case 'checkout.session.async_payment_failed':
    case 'checkout.session.expired':
      return ofCheckout(event.data.object.metadata);
    default:
      return undefined;
  }
}

function ofTransaction(
  kind: 'charge_succeeded' | 'charge_failed' | 'refund_updated',
  metadata: Stripe.Metadata | null,
): PaymentNews | undefined {
  const tenant_id = metadata?.tenant_id ?? '';
  const transaction_id = metadata?.transaction_id ?? '';
  return uuid.test(tenant_id) && uuid.test(transaction_id) ? { kind, tenant_id, transaction_id } : undefined;
}

function ofCheckout(metadata: Stripe.Metadata | null): PaymentNews | undefined {
  const tenant_id = metadata?.tenant_id ?? '';
  const checkout_id = metadata?.checkout_id ?? '';
  if (!uuid.test(tenant_id) || !uuid.test(checkout_id)) return undefined;
  return { kind: 'checkout_completed', tenant_id, checkout_id };
}

async function readDispute(stripe: Stripe, dispute_id: string): Promise<PaymentNews | undefined> {
  const dispute = await stripe.disputes.retrieve(dispute_id, { expand: ['payment_intent'] });
  const { payment_intent: payment } = dispute;
  if (payment === null || typeof payment === 'string') return undefined;
  const named = ofTransaction('charge_succeeded', payment.metadata);
  if (named === undefined || !('transaction_id' in named)) return undefined;
  const { tenant_id, transaction_id } = named;
  const status = statusOf(dispute.status);
  return {
    kind: status === 'won' || status === 'lost' ? 'dispute_closed' : 'dispute_opened',
    tenant_id,
    dispute: {
      external_id: dispute.id,
      transaction_id,
      amount_cents: BigInt(dispute.amount),
      currency: dispute.currency.toUpperCase(),
      status,
      reason: dispute.reason.slice(0, 100),
    },
  };
}

/** An inquiry is a dispute whose money was not taken yet; one that was closed or prevented has taken none. */
function statusOf(status: Stripe.Dispute.Status): DisputeState['status'] {
  switch (status) {
    case 'needs_response':
    case 'warning_needs_response':
      return 'needs_response';
    case 'won':
    case 'warning_closed':
    case 'prevented':
      return 'won';
    case 'lost':
      return 'lost';
    default:
      return 'under_review';
  }
}

/** A card that is with a customer of ours; one that was removed meanwhile is with nobody. */
async function readCard(stripe: Stripe, payment_method: string): Promise<PaymentNews | undefined> {
  const card = await stripe.paymentMethods.retrieve(payment_method, { expand: ['customer'] });
  const { customer } = card;
  if (customer === null || typeof customer === 'string' || customer.deleted) return undefined;
  const tenant_id = customer.metadata.tenant_id ?? '';
  if (!uuid.test(tenant_id)) return undefined;
  return { kind: 'method_attached', tenant_id, payment_customer: customer.id, card: cardOf(card) };
}
