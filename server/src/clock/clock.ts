/** All time comes from here, so that a test clock can run a tenant through years in a second. */
export interface Clock {
  /** The time of a tenant, or without one the platform's (the root tenant's), in whole milliseconds. */
  now(tenant_id?: string): Date;
}

/**
 * Milliseconds that only ever grow, from no particular moment: for how long something took or may be kept in this
 * process, which no test clock moves.
 */
export function monotonicMs(): number {
  return performance.now();
}

/**
 * The wall clock: the only place that reads it. A wall clock that was set back holds its last value until it has
 * caught up, because a time that steps back would reorder what a process already wrote.
 */
export function systemClock(read: () => number = Date.now): Clock {
  let latest = Number.NEGATIVE_INFINITY;
  return {
    now() {
      latest = Math.max(latest, read());
      return new Date(latest);
    },
  };
}
