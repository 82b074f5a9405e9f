import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allocateByLargestRemainder,
  ceilDiv,
  formatDecimal,
  halfEven,
  parseDecimal,
  priceOf,
} from './index.ts';

const amount = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
const divisor = amount.filter((value) => value !== 0n);
const magnitude = (value: bigint) => (value < 0n ? -value : value);

describe('rounding', () => {
  test.each([
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [5n, -2n, -2n],
    [-7n, -2n, 4n],
    [-1n, 3n, 0n],
    [-2n, 3n, -1n],
    [0n, -3n, 0n],
  ])('halfEven(%s, %s) is %s', (numerator, denominator, expected) => {
    expect(halfEven(numerator, denominator)).toBe(expected);
  });

  test('halfEven is nearest, even at the half, and odd in the sign', () => {
    fc.assert(
      fc.property(amount, divisor, (numerator, denominator) => {
        const rounded = halfEven(numerator, denominator);
        const twiceOff = 2n * magnitude(rounded * denominator - numerator);
        expect(twiceOff <= magnitude(denominator)).toBe(true);
        if (twiceOff === magnitude(denominator)) expect(rounded % 2n).toBe(0n);
        expect(halfEven(-numerator, denominator)).toBe(-rounded);
        expect(halfEven(numerator, -denominator)).toBe(-rounded);
      }),
    );
  });

  test('ceilDiv is the least integer that is not below the quotient', () => {
    fc.assert(
      fc.property(amount, divisor, (numerator, denominator) => {
        const [n, d] = denominator < 0n ? [-numerator, -denominator] : [numerator, denominator];
        const rounded = ceilDiv(numerator, denominator);
        expect(rounded * d >= n && (rounded - 1n) * d < n).toBe(true);
      }),
    );
  });

  test('a denominator of zero is refused', () => {
    expect(() => halfEven(1n, 0n)).toThrow(RangeError);
    expect(() => ceilDiv(1n, 0n)).toThrow(RangeError);
  });
});

describe('allocation', () => {
  const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 1, maxLength: 20 });

  test('the parts sum to the whole, and none is a unit or more from its share', () => {
    fc.assert(
      fc.property(amount, weights, (total, parts) => {
        const sum = parts.reduce((left, right) => left + right, 0n);
        fc.pre(sum > 0n);
        const allocated = allocateByLargestRemainder(total, parts);
        expect(allocated.reduce((left, right) => left + right, 0n)).toBe(total);
        allocated.forEach((part, index) => {
          expect(magnitude(part * sum - total * (parts[index] ?? 0n)) < sum).toBe(true);
        });
      }),
    );
  });

  test('the units left over go to the largest remainders, the earlier first among equals', () => {
    expect(allocateByLargestRemainder(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n]);
    expect(allocateByLargestRemainder(10n, [1n, 2n, 4n])).toEqual([1n, 3n, 6n]);
    expect(allocateByLargestRemainder(-10n, [1n, 1n, 1n])).toEqual([-4n, -3n, -3n]);
  });

  test('without weight only nothing can be allocated', () => {
    expect(allocateByLargestRemainder(0n, [0n, 0n])).toEqual([0n, 0n]);
    expect(() => allocateByLargestRemainder(1n, [0n])).toThrow(RangeError);
    expect(() => allocateByLargestRemainder(1n, [2n, -1n])).toThrow(RangeError);
  });
});

describe('prices', () => {
  test.each([
    [100_000n, '10', 1000n, false],
    [250n, '10', 2n, false],
    [350n, '10', 4n, false],
    [100n, '10', 1n, false],
    [99n, '10', 1n, true],
    [1n, '0.5', 0n, true],
    [2000n, '0.5', 1n, false],
    [9_007_199_254_740_991n, '10', 90_071_992_547_410n, false],
  ])('%s tokens at %s cents per 1,000 cost %s', (tokens, price, cents, below_one_cent) => {
    expect(priceOf(tokens, price)).toEqual({ cents, below_one_cent });
  });
});

describe('decimals', () => {
  test.each([
    [10_000n, 100_000n, '0.10'],
    [1n, 1n, '1.00'],
    [-3n, 2n, '-1.50'],
    [1n, 3n, '0.333333333333'],
    [5n, 100_000n, '0.00005'],
    [-1n, 10n ** 13n, '0.00'],
  ])('%s / %s is written %s', (numerator, denominator, text) => {
    expect(formatDecimal({ numerator, denominator })).toBe(text);
  });

  test('what is formatted is parsed back exactly', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 0, max: 12 }), (numerator, digits) => {
        const denominator = 10n ** BigInt(digits);
        const back = parseDecimal(formatDecimal({ numerator, denominator }));
        expect(back.numerator * denominator).toBe(numerator * back.denominator);
      }),
    );
  });

  test.each(['', '1.', '.5', '1e3', ' 1', '+1', '0x10', 'NaN', '1_000', '9'.repeat(41)])(
    '%j is no decimal',
    (text) => {
      expect(() => parseDecimal(text)).toThrow(RangeError);
    },
  );
});
