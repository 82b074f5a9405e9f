import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CouponTerms, discountLines } from './index.ts';

const percent = (percent_off: string): CouponTerms => ({
  percent_off,
  amount_off_cents: null,
  currency: null,
});
const amount = (amount_off_cents: bigint, currency = 'USD'): CouponTerms => ({
  percent_off: null,
  amount_off_cents,
  currency,
});
const sum = (parts: readonly bigint[]) => parts.reduce((left, right) => left + right, 0n);

describe('discounts', () => {
  test.each<[string, bigint[], CouponTerms[], bigint[]]>([
    ['a share of every line', [2900n, 1000n], [percent('10')], [290n, 100n]],
    ['rounded once, half to even', [5n, 20n], [percent('10')], [0n, 2n]],
    ['an amount, by largest remainder', [100n, 100n, 100n], [amount(100n)], [34n, 33n, 33n]],
    ['an amount above the sum takes all and no more', [300n, 200n], [amount(900n)], [300n, 200n]],
    ['all of it', [300n, 200n], [percent('100')], [300n, 200n]],
    ['another currency takes nothing off', [300n], [amount(100n, 'JPY')], [0n]],
    ['percents come before amounts', [1000n], [amount(100n), percent('50')], [600n]],
    ['a second percent is of what is left', [1000n], [percent('50'), percent('50')], [750n]],
    ['a negative line counts, and bears nothing', [1000n, -400n], [percent('50')], [300n, 0n]],
    ['nothing is taken off a sum below zero', [100n, -400n], [amount(100n)], [0n, 0n]],
    ['a line of nothing bears nothing', [0n, 100n], [amount(1n)], [0n, 1n]],
    ['no coupon', [100n], [], [0n]],
    ['no line', [], [percent('10'), amount(5n)], []],
  ])('%s', (_name, lines, terms, expected) => {
    expect(discountLines(lines, 'USD', terms).line_discounts_cents).toEqual(expected);
  });

  test('what each redemption took is told, in the order in which it did; what took nothing is left out', () => {
    const [ten, fixed, other] = [percent('10'), amount(50n), amount(50n, 'EUR')];
    expect(discountLines([1000n, 500n], 'USD', [fixed, other, ten]).applied).toEqual([
      { redemption: ten, discount_cents: 150n, line_discounts_cents: [100n, 50n] },
      { redemption: fixed, discount_cents: 50n, line_discounts_cents: [33n, 17n] },
    ]);
  });

  test('parts add up, no line gets more than it has, and the sum never falls below zero', () => {
    const lines = fc.array(fc.bigInt({ min: -(10n ** 9n), max: 10n ** 10n }), { maxLength: 8 });
    const terms = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 1_000_000 }).map((share) => percent(String(share / 10_000))),
        fc.bigInt({ min: 0n, max: 10n ** 10n }).map((cents) => amount(cents)),
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(lines, terms, (amounts, redemptions) => {
        const { line_discounts_cents, applied } = discountLines(amounts, 'USD', redemptions);
        expect(line_discounts_cents).toHaveLength(amounts.length);
        line_discounts_cents.forEach((discount, index) => {
          const line = amounts[index] ?? 0n;
          expect(discount >= 0n && discount <= (line > 0n ? line : 0n)).toBe(true);
        });
        for (const one of applied) {
          expect(one.discount_cents > 0n).toBe(true);
          expect(sum(one.line_discounts_cents)).toBe(one.discount_cents);
        }
        expect(sum(applied.map((one) => one.discount_cents))).toBe(sum(line_discounts_cents));
        const total = sum(amounts);
        expect(sum(line_discounts_cents) <= (total > 0n ? total : 0n)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, CouponTerms]>([
    ['less than nothing', percent('-1')],
    ['more than all', percent('100.01')],
    ['an amount below zero', amount(-1n)],
  ])('%s is refused', (_name, terms) => {
    expect(() => discountLines([100n], 'USD', [terms])).toThrow(RangeError);
  });
});
