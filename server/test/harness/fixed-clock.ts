/** A clock that stands still until a test moves it. */
export interface FixedClock {
  now(tenant_id?: string): Date;
  /** Moves on by milliseconds. */
  advance(milliseconds: number): void;
  set(time: Date): void;
}

/** Starts at 2026-01-01T00:00:00.000Z unless told otherwise. */
export function fixedClock(start = new Date('2026-01-01T00:00:00.000Z')): FixedClock {
  let milliseconds = start.getTime();
  return {
    now: () => new Date(milliseconds),
    advance: (by) => {
      milliseconds += by;
    },
    set: (time) => {
      milliseconds = time.getTime();
    },
  };
}
