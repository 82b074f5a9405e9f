import { NoAnswerError, TallystickError } from './errors.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;

/**
 * How long to wait before repeating a call whose `attempt`-th attempt (from 1) failed, in milliseconds; undefined
 * where a repeat would be refused again. Repeating is safe because a write has one Idempotency-Key for all attempts.
 * The pause is random between nothing and a bound that doubles, so that clients which failed together do not come
 * back together; a Retry-After is waited for in full before that.
 */
export function pauseBeforeRetry(error: unknown, attempt: number, random: () => number): number | undefined {
  if (!(error instanceof TallystickError) || !isPassing(error)) return undefined;
  const bound = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
  return (error.retry_after_seconds ?? 0) * 1000 + random() * bound;
}

/** Whether what stood in the way may be gone in a moment. */
function isPassing(error: TallystickError): boolean {
  const { status = 0 } = error;
  return (
    error instanceof NoAnswerError || error.code === 'request_in_flight' || status === 429 || status >= 500
  );
}
