const STEPS_TO_DOUBLE = 4;
const LEAST_MS = 0.25;
const DOUBLINGS = 18;

/**
 * The lower bounds of the latency buckets in milliseconds, as SQL's width_bucket() takes them: bucket 0 lies below the
 * first, bucket n from bound n - 1 on. Each is 19% above the one before, from a quarter of a millisecond to a minute,
 * so a percentile is off by less than that. They are part of what is stored: a change of them needs a migration.
 */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from(
  { length: DOUBLINGS * STEPS_TO_DOUBLE + 1 },
  (_bound, step) => Math.round(LEAST_MS * 2 ** (step / STEPS_TO_DOUBLE) * 1000) / 1000,
);

/** The bucket that a response time in milliseconds lies in, as width_bucket() over the bounds says it. */
export function latencyBucketOf(response_time_ms: number): number {
  let [from, to] = [0, LATENCY_BOUNDS_MS.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((LATENCY_BOUNDS_MS[middle] ?? Number.POSITIVE_INFINITY) <= response_time_ms) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** How many calls lie in a bucket. */
export interface LatencyBucket {
  bucket: number;
  total_calls: number;
}

/**
 * The response time in milliseconds that a share of all calls (0 to 1) did not exceed, read off buckets in ascending
 * order: exact to its bucket, evenly spread within it, and never above `max_ms`. Null without calls.
 */
export function percentileMs(
  buckets: readonly LatencyBucket[],
  share: number,
  max_ms: number,
): number | null {
  const calls = buckets.reduce((sum, { total_calls }) => sum + total_calls, 0);
  const rank = Math.ceil(calls * share);
  let before = 0;
  for (const { bucket, total_calls } of buckets) {
    if (before + total_calls >= rank) {
      const lower = LATENCY_BOUNDS_MS[bucket - 1] ?? 0;
      const upper = Math.min(LATENCY_BOUNDS_MS[bucket] ?? max_ms, max_ms);
      const within = lower + ((upper - lower) * (rank - before)) / total_calls;
      return Math.round(within * 1000) / 1000;
    }
    before += total_calls;
  }
  return null;
}
