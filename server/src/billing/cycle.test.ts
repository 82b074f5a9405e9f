import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cycle, type CycleInterval, cycleAt, cycleStart } from './index.ts';

const startsOf = (anchor: string, time_zone: string, interval: CycleInterval, count: number) => {
  const cycle = { anchor_at: new Date(anchor), time_zone };
  return Array.from({ length: count }, (_start, n) => cycleStart(cycle, interval, n).toISOString());
};
const daysOf = (anchor: string, interval: CycleInterval, count: number) =>
  startsOf(anchor, 'UTC', interval, count).map((start) => start.slice(0, 10));

describe('months', () => {
  test('from 31 January go to the last day of February and come back on 31 March', () => {
    expect(daysOf('2026-01-31T12:00:00Z', 'month', 6)).toEqual([
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
      '2026-05-31',
      '2026-06-30',
    ]);
  });

  test('from 31 January of a leap year go to 29 February', () => {
    expect(daysOf('2028-01-31T12:00:00Z', 'month', 3)).toEqual(['2028-01-31', '2028-02-29', '2028-03-31']);
  });

  test.each([
    ['2026-01-30T00:00:00Z', '2026-02-28', '2026-03-30'],
    ['2026-01-29T00:00:00Z', '2026-02-28', '2026-03-29'],
    ['2028-01-29T00:00:00Z', '2028-02-29', '2028-03-29'],
  ])('from %s go over %s to %s', (anchor, february, march) => {
    expect(daysOf(anchor, 'month', 3).slice(1)).toEqual([february, march]);
  });

  test('go backwards from the anchor as they go forwards', () => {
    const cycle = { anchor_at: new Date('2026-03-31T00:00:00Z'), time_zone: 'UTC' };
    expect(cycleStart(cycle, 'month', -1).toISOString()).toBe('2026-02-28T00:00:00.000Z');
    expect(cycleAt(cycle, 'month', new Date('2026-02-10T00:00:00Z')).n).toBe(-2);
  });
});

describe('years', () => {
  test('from a leap day have their start on 28 February, and on 29 February of the next leap year', () => {
    expect(daysOf('2028-02-29T08:00:00Z', 'year', 5)).toEqual([
      '2028-02-29',
      '2029-02-28',
      '2030-02-28',
      '2031-02-28',
      '2032-02-29',
    ]);
  });

  test('have twelve months of the same anchor in them, the last of which ends with the year', () => {
    for (const anchor of ['2028-02-29T08:00:00Z', '2026-01-31T23:30:00Z', '2026-10-25T00:30:00Z']) {
      const cycle = { anchor_at: new Date(anchor), time_zone: 'Europe/Berlin' };
      for (const year of [1, 2, 3, 4])
        expect(cycleStart(cycle, 'month', 12 * year)).toEqual(cycleStart(cycle, 'year', year));
    }
  });
});

describe("a tenant's own time zone", () => {
  test('keeps the local time when clocks go forward and back', () => {
    // Midnight in Berlin is 23:00 UTC in winter and 22:00 UTC in summer.
    expect(startsOf('2026-02-14T23:00:00Z', 'Europe/Berlin', 'month', 3)).toEqual([
      '2026-02-14T23:00:00.000Z',
      '2026-03-14T23:00:00.000Z',
      '2026-04-14T22:00:00.000Z',
    ]);
    expect(startsOf('2026-09-14T22:00:00Z', 'Europe/Berlin', 'month', 3)).toEqual([
      '2026-09-14T22:00:00.000Z',
      '2026-10-14T22:00:00.000Z',
      '2026-11-14T23:00:00.000Z',
    ]);
  });

  test("takes the tenant's day and not that of UTC: 31 January in Auckland is 30 January in London", () => {
    // 31 January, 10:00 in Auckland, which is 13 hours ahead then.
    expect(startsOf('2026-01-30T21:00:00Z', 'Pacific/Auckland', 'month', 3)).toEqual([
      '2026-01-30T21:00:00.000Z',
      '2026-02-27T21:00:00.000Z',
      '2026-03-30T21:00:00.000Z',
    ]);
  });

  test('a local time that the clocks skip is an hour later: 02:30 on 29 March 2026 in Berlin is 03:30', () => {
    const starts = startsOf('2026-02-28T01:30:00Z', 'Europe/Berlin', 'month', 2);
    expect(starts[1]).toBe('2026-03-28T01:30:00.000Z');
    const skipped = startsOf('2026-01-29T01:30:00Z', 'Europe/Berlin', 'month', 4);
    expect(skipped.slice(2)).toEqual(['2026-03-29T01:30:00.000Z', '2026-04-29T00:30:00.000Z']);
  });

  test('a local time that comes twice is the first: 02:30 on 25 October 2026 in Berlin', () => {
    const starts = startsOf('2026-08-25T00:30:00Z', 'Europe/Berlin', 'month', 4);
    expect(starts.slice(2)).toEqual(['2026-10-25T00:30:00.000Z', '2026-11-25T01:30:00.000Z']);
  });

  test('an anchor in the second of two such hours stays where it is', () => {
    const cycle = { anchor_at: new Date('2026-10-25T01:30:00Z'), time_zone: 'Europe/Berlin' };
    expect(cycleStart(cycle, 'month', 0).toISOString()).toBe('2026-10-25T01:30:00.000Z');
    const before = new Date('2026-10-25T01:29:59.999Z');
    expect(cycleAt(cycle, 'month', before)).toEqual({
      n: -1,
      starts_at: new Date('2026-09-25T00:30:00Z'),
      ends_at: cycle.anchor_at,
    });
  });

  test("an evening that comes again after the next month began belongs to that month: St. John's in 2009", () => {
    // At 00:01 on 1 November the clocks there went back to 23:01 on 31 October, and the month had begun at 00:00:30.
    const cycle = { anchor_at: new Date('2009-09-01T02:30:30Z'), time_zone: 'America/St_Johns' };
    const began = cycleStart(cycle, 'month', 2);
    expect(began.toISOString()).toBe('2009-11-01T02:30:30.000Z');
    const evening_again = new Date('2009-11-01T03:00:00Z');
    expect(cycleAt(cycle, 'month', evening_again)).toMatchObject({ n: 2, starts_at: began });
  });

  test('a day that a zone left out altogether is the day after it: Samoa had no 30 December 2011', () => {
    const starts = startsOf('2011-10-30T20:00:00Z', 'Pacific/Apia', 'month', 4);
    // 10:00 on 30 October is 10:00 on the 31st, a day of 24 hours further on, when the day is not there.
    expect(starts[2]).toBe('2011-12-30T20:00:00.000Z');
  });

  test('an unknown one is refused', () => {
    expect(() => cycleStart({ anchor_at: new Date(0), time_zone: 'Mars/Base' }, 'month', 1)).toThrow(
      RangeError,
    );
  });
});

describe('cycles tile time', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'America/Sao_Paulo',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Africa/Casablanca',
    'Asia/Tehran',
  ];
  const cycles: fc.Arbitrary<Cycle> = fc.record({
    anchor_at: fc.date({ min: new Date('2005-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }),
    time_zone: fc.constantFrom(...zones),
  });
  const ten_years = { month: 120, year: 10 };

  test.each(['month', 'year'] as const)('without a gap and without an overlap: %s', (interval) => {
    fc.assert(
      fc.property(cycles, (cycle) => {
        let ends_at = cycleStart(cycle, interval, 0);
        expect(ends_at).toEqual(cycle.anchor_at);
        for (let n = 0; n < ten_years[interval]; n += 1) {
          const span = cycleAt(cycle, interval, ends_at);
          expect(span).toEqual({ n, starts_at: ends_at, ends_at: cycleStart(cycle, interval, n + 1) });
          expect(cycleAt(cycle, interval, new Date(span.ends_at.getTime() - 1))).toEqual(span);
          ends_at = span.ends_at;
        }
      }),
      { numRuns: 25 },
    );
  });

  test('and any moment is in the one that cycleAt() names', () => {
    const moments = fc.date({
      min: new Date('2000-01-01'),
      max: new Date('2045-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(
        cycles,
        fc.constantFrom('month' as const, 'year' as const),
        moments,
        (cycle, interval, at) => {
          const { n, starts_at, ends_at } = cycleAt(cycle, interval, at);
          expect(starts_at <= at && at < ends_at).toBe(true);
          expect([cycleStart(cycle, interval, n), cycleStart(cycle, interval, n + 1)]).toEqual([
            starts_at,
            ends_at,
          ]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
