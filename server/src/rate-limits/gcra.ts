/**
 * The generic cell rate algorithm in its continuous-state leaky-bucket form (ITU-T I.371, annex A, which proves it equal
 * to virtual scheduling). A bucket holds `limit` x `window_ms`; a call of cost c pours in c x `window_ms`, and every
 * millisecond `limit` runs out. Within the bounds below every figure is an integer under 2^53, so no call is ever
 * refused, or let in, by a rounding error.
 */
export interface Quota {
  /** 1 to LIMIT_MAX: how much cost a full window takes. */
  limit: number;
  /** 1 to WINDOW_MS_MAX. */
  window_ms: number;
}

export const LIMIT_MAX = 1_000_000;
/** 31 days. */
export const WINDOW_SECONDS_MAX = 2_678_400;

/** A bucket as it stood at a time; without one it is empty. */
export interface BucketState {
  /** 0 to limit x window_ms. */
  level: number;
  at_ms: number;
}

/** What a bucket says to a call. */
export interface Figures {
  limit: number;
  /** What is left, in whole units of cost. */
  remaining: number;
  /** limit - remaining. */
  used: number;
  /** Whether one more call of the cost in question would be refused now. */
  exceeded: boolean;
  /** When the bucket is empty again, and the whole limit is there, in milliseconds since 1970. */
  reset_at_ms: number;
  /** The same in whole seconds from now, rounded up. */
  reset_after_seconds: number;
  /** Whole seconds until that call is admitted, rounded up: 0 where it is now. */
  retry_after_seconds: number;
}

function requireBounds({ limit, window_ms }: Quota, now_ms: number): void {
  const fits = Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX;
  const lasts = Number.isInteger(window_ms) && window_ms >= 1 && window_ms <= WINDOW_SECONDS_MAX * 1000;
  if (!fits || !lasts || !Number.isSafeInteger(now_ms))
    throw new RangeError(`no quota: ${limit} in ${window_ms} ms at ${now_ms}`);
}

/**
 * The bucket at `now_ms`. A clock that stepped back drains nothing, and the bucket keeps its later time. What a larger
 * limit had filled is cut to this one, so a limit that was lowered owes a full window at most.
 */
export function drain(quota: Quota, state: BucketState | undefined, now_ms: number): BucketState {
  requireBounds(quota, now_ms);
  if (state === undefined) return { level: 0, at_ms: now_ms };
  const level = Math.min(state.level, quota.limit * quota.window_ms);
  const elapsed_ms = now_ms - state.at_ms;
  if (elapsed_ms <= 0) return { level, at_ms: state.at_ms };
  // After a whole window it is empty whatever it held; this also keeps the product in bounds.
  if (elapsed_ms >= quota.window_ms) return { level: 0, at_ms: now_ms };
  return { level: Math.max(0, level - elapsed_ms * quota.limit), at_ms: now_ms };
}

/** Whether a drained bucket takes a call of `cost`, an integer from 1 to the limit. */
export function admits(quota: Quota, { level }: BucketState, cost: number): boolean {
  if (!Number.isInteger(cost) || cost < 1 || cost > quota.limit)
    throw new RangeError(`a cost of ${cost} against a limit of ${quota.limit}`);
  return level + cost * quota.window_ms <= quota.limit * quota.window_ms;
}

/** A drained bucket after a call that it admits. */
export function pour(quota: Quota, state: BucketState, cost: number): BucketState {
  return { level: state.level + cost * quota.window_ms, at_ms: state.at_ms };
}

/** What a drained bucket says about one more call of `cost` at `now_ms`. */
export function figuresOf(quota: Quota, state: BucketState, cost: number, now_ms: number): Figures {
  const { limit, window_ms } = quota;
  const capacity = limit * window_ms;
  const remaining = Math.floor((capacity - state.level) / window_ms);
  const exceeded = !admits(quota, state, cost);
  const reset_at_ms = Math.max(state.at_ms + Math.ceil(state.level / limit), now_ms);
  // A bucket whose time lies ahead of ours begins to drain only when our time gets there.
  const ahead_ms = Math.max(0, state.at_ms - now_ms);
  const over = state.level + cost * window_ms - capacity;
  const retry_after_seconds = exceeded ? Math.ceil((Math.ceil(over / limit) + ahead_ms) / 1000) : 0;
  const reset_after_seconds = Math.ceil((reset_at_ms - now_ms) / 1000);
  const used = limit - remaining;
  return { limit, remaining, used, exceeded, reset_at_ms, reset_after_seconds, retry_after_seconds };
}

/**
 * How much cost any `window_ms` instants in a row can see admitted, one millisecond an instant: a full bucket at the
 * first of them, and what drains until the last.
 */
export function mostInOneWindow({ limit, window_ms }: Quota): number {
  return 2 * limit - Math.ceil(limit / window_ms);
}
