/** As far as times go here; those of PostgreSQL go further. */
const BEGINNING = new Date(0);
const END = new Date(Date.UTC(9999, 11, 31));

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A stretch of time widened to whole grains (UTC), `to` excluded. Without an end it has that of all time. */
export function widened(
  { from = BEGINNING, to = END }: { from?: Date | undefined; to?: Date | undefined },
  grain_ms: number,
): { from: Date; to: Date } {
  const last = Math.min(to.getTime(), END.getTime());
  return {
    from: new Date(Math.floor(from.getTime() / grain_ms) * grain_ms),
    to: new Date(Math.ceil(last / grain_ms) * grain_ms),
  };
}
