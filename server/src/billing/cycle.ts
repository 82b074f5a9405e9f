import { Temporal } from 'temporal-polyfill';

/**
 * From when on, and by whose calendar, time is cut into months or years. All of them follow from the anchor, so that a
 * day which one month lacks is back in the next.
 */
export interface Cycle {
  anchor_at: Date;
  /** A name of the IANA database, such as `Europe/Berlin`. */
  time_zone: string;
}

export type CycleInterval = 'month' | 'year';

/** One stretch of a cycle: `starts_at` is included, `ends_at` is not. */
export interface CycleSpan {
  /** 0 begins at the anchor; what lies before it is negative. */
  n: number;
  starts_at: Date;
  ends_at: Date;
}

/**
 * When the n-th month or year of a cycle starts: at the local time of the anchor on its day, and on the last day of a
 * month that has no such day (31 January, 28 or 29 February, 31 March; 29 February, 28 February of the next year). A
 * local time that the clocks skip is as much later as they skip; one that comes twice is the first. The anchor itself
 * is what it is. Throws a RangeError for an unknown time zone, an n that is no integer, or a time out of range.
 */
export function cycleStart(cycle: Cycle, interval: CycleInterval, n: number): Date {
  return startOf(zoned(cycle.anchor_at, cycle.time_zone), interval, n);
}

/** The month or year of a cycle that holds a moment. Throws what cycleStart() throws. */
export function cycleAt(cycle: Cycle, interval: CycleInterval, at: Date): CycleSpan {
  const anchor = zoned(cycle.anchor_at, cycle.time_zone);
  const local = zoned(at, cycle.time_zone);
  const years = local.year - anchor.year;
  // The calendar's difference is off by one at most on either side; the starts themselves decide.
  let n = interval === 'year' ? years : years * 12 + local.month - anchor.month;
  let starts_at = startOf(anchor, interval, n);
  while (starts_at > at) starts_at = startOf(anchor, interval, --n);
  let ends_at = startOf(anchor, interval, n + 1);
  while (ends_at <= at) {
    starts_at = ends_at;
    n += 1;
    ends_at = startOf(anchor, interval, n + 1);
  }
  return { n, starts_at, ends_at };
}

/** The calendar month that holds a moment in a time zone: from the first day's beginning to the next one's. */
export function monthIn(time_zone: string, at: Date): { starts_at: Date; ends_at: Date } {
  const first = zoned(at, time_zone).toPlainDate().with({ day: 1 });
  const startOn = (day: Temporal.PlainDate) => new Date(day.toZonedDateTime(time_zone).epochMilliseconds);
  return { starts_at: startOn(first), ends_at: startOn(first.add({ months: 1 })) };
}

function zoned(at: Date, time_zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(time_zone);
}

/** Adding to a zoned time adds to its local one: it clamps days, and takes skipped and doubled times, as said above. */
function startOf(anchor: Temporal.ZonedDateTime, interval: CycleInterval, n: number): Date {
  return new Date(anchor.add(interval === 'year' ? { years: n } : { months: n }).epochMilliseconds);
}
