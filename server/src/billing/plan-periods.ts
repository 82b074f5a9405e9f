import { type Cycle, cycleAt } from './cycle.ts';
import { type BillingPeriod, calendarMonth, PERIOD_GRACE_MS } from './period.ts';

/** Where the periods of a tenant come from, and up to when it has some. */
export interface PeriodSchedule {
  /** Without a subscription there is none: calendar months in UTC. */
  cycle: Cycle | undefined;
  covered_until: Date | undefined;
  /** Up to when all of them are closed. */
  closed_until: Date | undefined;
}

type Span = Pick<BillingPeriod, 'starts_at' | 'ends_at'>;

/** The period that a time lies in where none is there yet: its month, from where the last period ended. */
export function plannedPeriod(
  { cycle, covered_until }: Omit<PeriodSchedule, 'closed_until'>,
  at: Date,
): Span {
  const { starts_at, ends_at } = cycle === undefined ? calendarMonth(at) : cycleAt(cycle, 'month', at);
  const clipped = covered_until !== undefined && covered_until > starts_at && covered_until <= at;
  return { starts_at: clipped ? covered_until : starts_at, ends_at };
}

/**
 * The periods to make so that all that can still be added to lies in one: from an hour before now, because for so long a
 * period that is over takes what was under way, to now or `latest`. Periods are only ever added behind the last.
 */
export function missingPeriods(schedule: PeriodSchedule, now: Date, latest: Date): Span[] {
  const { cycle, covered_until } = schedule;
  const to = latest > now ? latest : now;
  const missing: Span[] = [];
  let at = new Date(now.getTime() - PERIOD_GRACE_MS);
  if (covered_until !== undefined && covered_until > at) at = covered_until;
  while (at <= to) {
    const last = missing.at(-1)?.ends_at ?? covered_until;
    const span = plannedPeriod({ cycle, covered_until: last }, at);
    missing.push(span);
    at = span.ends_at;
  }
  return missing;
}
