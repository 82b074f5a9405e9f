/** A calendar month in UTC, as `2026-01`. */
export type Month = string;

/** The most months in one question. */
export const MONTHS_MAX = 120;

/** The month that a time lies in. */
export function monthOf(at: Date): Month {
  return at.toISOString().slice(0, 7);
}

/** Its first moment. */
export function monthStart(month: Month): Date {
  return new Date(`${month}-01T00:00:00.000Z`);
}

/** The first moment of the next one: a month includes its start and excludes its end. */
export function monthEnd(month: Month): Date {
  const starts_at = monthStart(month);
  return new Date(Date.UTC(starts_at.getUTCFullYear(), starts_at.getUTCMonth() + 1));
}

/** The month before. */
export function monthBefore(month: Month): Month {
  return monthOf(new Date(monthStart(month).getTime() - 1));
}

/** The months that a stretch of time touches, oldest first: at least one, at most one more than MONTHS_MAX. */
export function monthsWithin({ from, to }: { from: Date; to: Date }): Month[] {
  const months = [monthOf(from)];
  for (let next = monthEnd(months[0] ?? ''); next < to && months.length <= MONTHS_MAX; ) {
    months.push(monthOf(next));
    next = monthEnd(monthOf(next));
  }
  return months;
}
