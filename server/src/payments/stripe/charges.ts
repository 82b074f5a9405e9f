import Stripe from 'stripe';
import type { Charge, PaymentResult, Repayment } from '../provider.ts';
import { type StripeSettings, stripeClient } from './client.ts';
import { declined, refusalOf } from './refusals.ts';

/** Stripe keeps a key for a day at least; an hour less leaves room for clocks that differ. In milliseconds. */
const KEY_LIFETIME_MS = 23 * 60 * 60 * 1000;

/** What Stripe's names for checkouts and refunds begin with. */
const SESSION = 'cs_';
const REFUND = 're_';

/**
 * Charges a saved card, or says how a charge stands that was made: what Stripe once named is read and not made again,
 * and neither is what is too old for its key.
 */
export async function charge(
  settings: StripeSettings,
  asked: Charge,
  signal: AbortSignal,
): Promise<PaymentResult> {
  const stripe = stripeClient(settings, signal);
  const known = asked.external_transaction_id;
  if (known?.startsWith(SESSION)) return readSession(stripe, known);
  if (known !== null) return resultOf(await stripe.paymentIntents.retrieve(known));
  if (asked.age_ms >= KEY_LIFETIME_MS) return findCharge(stripe, asked);
  return makeCharge(stripe, settings, asked);
}

async function makeCharge(
  stripe: Stripe,
  { public_url }: StripeSettings,
  asked: Charge,
): Promise<PaymentResult> {
  const { idempotency_key: transaction_id, tenant_id, payment_method, payment_customer } = asked;
  try {
    const made = await stripe.paymentIntents.create(
      {
        amount: Number(asked.amount_cents),
        currency: asked.currency.toLowerCase(),
        ...(payment_customer !== null && { customer: payment_customer }),
        ...(payment_method !== null && { payment_method }),
        allowed_payment_method_types: ['card'],
        confirm: true,
        off_session: true,
        metadata: { tenant_id, transaction_id },
      },
      { idempotencyKey: transaction_id },
    );
    return resultOf(made);
  } catch (error) {
    const begun = intentToConfirm(error);
    if (begun === undefined || payment_method === null) return refusalOf(error);
    return askOwner(stripe, { intent_id: begun, payment_method, transaction_id, public_url });
  }
}

/** The PaymentIntent that a bank wants its owner to confirm, where that is what an error says. */
function intentToConfirm(error: unknown): string | undefined {
  if (!(error instanceof Stripe.errors.StripeCardError)) return undefined;
  const wanted = error.code === 'authentication_required' || error.decline_code === 'authentication_required';
  return wanted ? error.payment_intent?.id : undefined;
}

/** Begins the same payment again with its owner there, which is how Stripe tells where it is confirmed. */
async function askOwner(
  stripe: Stripe,
  asked: { intent_id: string; payment_method: string; transaction_id: string; public_url: string },
): Promise<PaymentResult> {
  const { intent_id, payment_method, transaction_id, public_url } = asked;
  try {
    const begun = await stripe.paymentIntents.confirm(
      intent_id,
      { payment_method, off_session: false, return_url: `${public_url}/payments/done` },
      { idempotencyKey: `${transaction_id}/confirm` },
    );
    return resultOf(begun);
  } catch (error) {
    return refusalOf(error);
  }
}

/** Looks for a charge whose key Stripe may have forgotten. One that was never made is not made a day late. */
async function findCharge(stripe: Stripe, asked: Charge): Promise<PaymentResult> {
  const query = `metadata['transaction_id']:'${asked.idempotency_key}'`;
  const [found] = (await stripe.paymentIntents.search({ query, limit: 1 })).data;
  return found ? resultOf(found) : declined('never_made', 'the payment was not made within a day');
}

function resultOf(intent: Stripe.PaymentIntent): PaymentResult {
  const { id: external_transaction_id, status, last_payment_error: error } = intent;
  switch (status) {
    case 'succeeded':
      return { status: 'succeeded', external_transaction_id };
    case 'requires_action': {
      const action_url = intent.next_action?.redirect_to_url?.url;
      if (action_url) return { status: 'action_required', external_transaction_id, action_url };
      return { status: 'processing', external_transaction_id };
    }
    case 'canceled':
      return declined('action_expired', 'nobody confirmed the payment in time');
    case 'requires_payment_method':
      return declined(
        error?.decline_code ?? error?.code ?? 'card_declined',
        error?.message ?? 'the card was declined',
      );
    default:
      return { status: 'processing', external_transaction_id };
  }
}

async function readSession(stripe: Stripe, session_id: string): Promise<PaymentResult> {
  const session = await stripe.checkout.sessions.retrieve(session_id);
  const intent = session.payment_intent;
  const external_transaction_id = typeof intent === 'string' ? intent : (intent?.id ?? null);
  if (session.payment_status === 'paid') return { status: 'succeeded', external_transaction_id };
  if (session.status === 'open' && session.url)
    return { status: 'action_required', external_transaction_id: session_id, action_url: session.url };
  if (session.status === 'expired') return declined('action_expired', 'nobody paid on the page in time');
  return { status: 'processing', external_transaction_id: session_id };
}

/** Gives up a charge that waits for its owner. Where Stripe refuses that, it has ended otherwise: it is read again. */
export async function abandon(
  settings: StripeSettings,
  asked: Charge,
  signal: AbortSignal,
): Promise<PaymentResult> {
  const stripe = stripeClient(settings, signal);
  const id = asked.external_transaction_id ?? '';
  try {
    if (id.startsWith(SESSION)) await stripe.checkout.sessions.expire(id);
    else await stripe.paymentIntents.cancel(id);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  }
  return charge(settings, asked, signal);
}

/** Pays back a payment, or says how that stands: a refund that Stripe once named is read and not made again. */
export async function repay(
  settings: StripeSettings,
  asked: Repayment,
  signal: AbortSignal,
): Promise<PaymentResult> {
  const stripe = stripeClient(settings, signal);
  const { idempotency_key: transaction_id, tenant_id, external_transaction_id: payment } = asked;
  if (payment.startsWith(REFUND)) return refundResultOf(await stripe.refunds.retrieve(payment));
  if (asked.age_ms >= KEY_LIFETIME_MS) {
    const made = await findRefund(stripe, payment, transaction_id);
    if (made !== undefined) return refundResultOf(made);
  }
  try {
    const made = await stripe.refunds.create(
      {
        payment_intent: payment,
        amount: Number(asked.amount_cents),
        metadata: { tenant_id, transaction_id },
      },
      { idempotencyKey: transaction_id },
    );
    return refundResultOf(made);
  } catch (error) {
    return refusalOf(error);
  }
}

async function findRefund(
  stripe: Stripe,
  payment_intent: string,
  transaction_id: string,
): Promise<Stripe.Refund | undefined> {
  for await (const refund of stripe.refunds.list({ payment_intent, limit: 100 })) {
    if (refund.metadata?.transaction_id === transaction_id) return refund;
  }
  return undefined;
}

function refundResultOf({
  id: external_transaction_id,
  status,
  failure_reason,
}: Stripe.Refund): PaymentResult {
  if (status === 'succeeded') return { status: 'succeeded', external_transaction_id };
  if (status === 'failed' || status === 'canceled')
    return declined(failure_reason ?? 'refund_failed', 'the refund did not reach the payer');
  return { status: 'processing', external_transaction_id };
}
