import Stripe from 'stripe';
import { fail } from '../../errors/index.ts';

/** An event as a provider sent it. */
export interface ReportedEvent {
  event_id: string;
  type: string;
  /** Its JSON text. What jsonb cannot hold, NUL and half a surrogate pair, is replaced in it. */
  payload: string;
}

/** How old a signature may be, in seconds. */
const TOLERANCE_SECONDS = 300;

/**
 * The event of a webhook's raw body, once Stripe's SDK has found the signature good and not older than five minutes.
 * Fails with `webhook_refused`.
 */
export function verifyStripeEvent(
  body: Buffer,
  signature: string | undefined,
  secret: string,
  now: Date,
): ReportedEvent {
  try {
    const event = Stripe.webhooks.constructEvent(
      body,
      signature ?? '',
      secret,
      TOLERANCE_SECONDS,
      undefined,
      now.getTime(),
    );
    const { id: event_id, type } = event;
    if (isName(event_id) && isName(type)) return { event_id, type, payload: JSON.stringify(event, storable) };
  } catch (error) {
    const known = error instanceof Stripe.errors.StripeSignatureVerificationError;
    if (!known && !(error instanceof SyntaxError)) throw error;
  }
  return fail('webhook_refused', 'the body is no event that was signed within the last five minutes');
}

function storable(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value;
}

function isName(text: unknown): boolean {
  return typeof text === 'string' && text.length > 0 && text.length <= 255;
}
