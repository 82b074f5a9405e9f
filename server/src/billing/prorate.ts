import { floorDiv, halfEven } from '../money/index.ts';

/** A stretch of time that something was paid for: `starts_at` is included, `ends_at` is not. */
export interface PaidSpan {
  starts_at: Date;
  ends_at: Date;
}

/**
 * What of an amount in minor units belongs to the rest of a span, from a moment on: by the second, milliseconds cut, and
 * rounded half to even. Before the span that is all of it, after it nothing; a negative amount mirrors the positive one.
 * What belongs to the time before the moment is the difference, so that the two always make the whole.
 * Throws a RangeError for a span of less than a second.
 */
export function prorate(amount_cents: bigint, span: PaidSpan, from: Date): bigint {
  const { left, whole } = secondsOf(span, from);
  return halfEven(amount_cents * left, whole);
}

/** The same for a count that cannot be divided, such as included calls: rounded down. Throws what prorate() throws. */
export function prorateCount(count: bigint, span: PaidSpan, from: Date): bigint {
  const { left, whole } = secondsOf(span, from);
  return floorDiv(count * left, whole);
}

function secondsOf({ starts_at, ends_at }: PaidSpan, from: Date): { left: bigint; whole: bigint } {
  const [start, end] = [secondOf(starts_at), secondOf(ends_at)];
  const whole = end - start;
  if (whole <= 0n) throw new RangeError('a span to prorate over has no second');
  const left = end - secondOf(from);
  return { left: left < 0n ? 0n : left > whole ? whole : left, whole };
}

function secondOf(at: Date): bigint {
  return BigInt(Math.floor(at.getTime() / 1000));
}
