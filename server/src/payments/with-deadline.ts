import { TallystickError } from '../errors/index.ts';

/** How long a payment provider may take to answer, in milliseconds; after that the outcome is unknown. */
const PAYMENT_DEADLINE_MS = 10_000;

/**
 * Waits for a provider at most until the deadline. A time-out or any other failure is `payments_unavailable`: nothing
 * is known about the money, so the intent stays open and is asked again under its key.
 */
export async function withDeadline<T>(
  call: (signal: AbortSignal) => Promise<T>,
  deadline_ms: number = PAYMENT_DEADLINE_MS,
): Promise<T> {
  const signal = AbortSignal.timeout(deadline_ms);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([call(signal), late]);
  } catch (cause) {
    const detail = 'the payment provider gave no answer; repeat the request with the same Idempotency-Key';
    throw new TallystickError('payments_unavailable', detail, { cause });
  }
}
