import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prorate, prorateCount } from './index.ts';

const april = { starts_at: new Date('2026-04-01T00:00:00Z'), ends_at: new Date('2026-05-01T00:00:00Z') };

const amounts = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
const spans = fc
  .tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 1, max: 40_000_000 }))
  .map(([start, seconds]) => ({
    starts_at: new Date(start * 1000),
    ends_at: new Date((start + seconds) * 1000),
  }));
/** A moment of a span, by the share of it in millionths. */
const within = ({ starts_at, ends_at }: typeof april, share: number) =>
  new Date(starts_at.getTime() + Math.floor(((ends_at.getTime() - starts_at.getTime()) * share) / 1_000_000));
const shares = fc.integer({ min: 0, max: 1_000_000 });

describe('proration', () => {
  test.each([
    ['2026-04-01T00:00:00Z', 2900n],
    ['2026-04-16T00:00:00Z', 1450n],
    ['2026-04-30T23:59:59Z', 0n],
    ['2026-05-01T00:00:00Z', 0n],
    ['2026-03-01T00:00:00Z', 2900n],
    ['2026-06-01T00:00:00Z', 0n],
    // 20 of 30 days and 1,933.33 cents.
    ['2026-04-11T00:00:00Z', 1933n],
  ])('of 2,900 cents of April, from %s on it is %s', (from, cents) => {
    expect(prorate(2900n, april, new Date(from))).toBe(cents);
    expect(prorate(-2900n, april, new Date(from))).toBe(-cents);
  });

  test('half a cent goes to the even one', () => {
    const half = new Date('2026-04-16T00:00:00Z');
    expect([prorate(1n, april, half), prorate(3n, april, half)]).toEqual([0n, 2n]);
  });

  test('milliseconds are cut, at the moment and at both ends', () => {
    const late = (at: Date) => new Date(at.getTime() + 999);
    fc.assert(
      fc.property(amounts, spans, shares, (amount, span, share) => {
        const from = new Date(Math.floor(within(span, share).getTime() / 1000) * 1000);
        const whole = prorate(amount, span, from);
        expect(prorate(amount, span, late(from))).toBe(whole);
        const uneven = { starts_at: late(span.starts_at), ends_at: late(span.ends_at) };
        expect(prorate(amount, uneven, from)).toBe(whole);
      }),
    );
  });

  test('the whole span is the whole amount, and its end is nothing', () => {
    fc.assert(
      fc.property(amounts, spans, (amount, span) => {
        expect(prorate(amount, span, span.starts_at)).toBe(amount);
        expect(prorate(amount, span, span.ends_at)).toBe(0n);
        expect(prorateCount(amount, span, span.starts_at)).toBe(amount);
      }),
    );
  });

  test('what is used is the difference, and is what it would be by itself but for an exact half', () => {
    fc.assert(
      fc.property(amounts, spans, shares, (amount, span, share) => {
        const from = new Date(Math.floor(within(span, share).getTime() / 1000) * 1000);
        const used = amount - prorate(amount, span, from);
        const whole = BigInt(span.ends_at.getTime() - span.starts_at.getTime());
        const exact = amount * BigInt(from.getTime() - span.starts_at.getTime());
        const twice_off = 2n * (used * whole - exact);
        expect(twice_off <= whole && -twice_off <= whole).toBe(true);
      }),
    );
  });

  test('later is never more', () => {
    fc.assert(
      fc.property(amounts, spans, shares, shares, (amount, span, one, other) => {
        const [early, late] = [within(span, Math.min(one, other)), within(span, Math.max(one, other))];
        const [more, less] = [prorate(amount, span, early), prorate(amount, span, late)];
        expect(amount < 0n ? more <= less : more >= less).toBe(true);
      }),
    );
  });

  test('a count is rounded down, and never more than its share', () => {
    expect(prorateCount(10_000n, april, new Date('2026-04-11T00:00:00Z'))).toBe(6666n);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), spans, shares, (count, span, share) => {
        const from = within(span, share);
        const [floor, rounded] = [prorateCount(count, span, from), prorate(count, span, from)];
        expect(floor === rounded || floor + 1n === rounded).toBe(true);
      }),
    );
  });

  test('a span without a second is refused', () => {
    const nothing = { starts_at: april.starts_at, ends_at: new Date(april.starts_at.getTime() + 999) };
    expect(() => prorate(1n, nothing, april.starts_at)).toThrow(RangeError);
    expect(() => prorateCount(1n, nothing, april.starts_at)).toThrow(RangeError);
  });
});
