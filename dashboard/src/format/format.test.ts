import { describe, expect, test } from 'vitest';
import { formatDay } from './dates.ts';
import { formatCents, formatCost } from './money.ts';
import { formatMilliseconds, formatShare, formatShort } from './numbers.ts';

describe('money', () => {
  test.each([
    [123_450, 'USD', '$1,234.50'],
    [5, 'USD', '$0.05'],
    [0, 'EUR', '€0.00'],
    [-199, 'USD', '-$1.99'],
    [12_000, 'JPY', '¥12,000'],
    [1234, 'KWD', 'KWD\u00a01.234'],
    // Beyond what a double holds with two digits after the point.
    [Number.MAX_SAFE_INTEGER, 'USD', '$90,071,992,547,409.91'],
  ])('%i minor units of %s are %s', (cents, currency, text) => {
    expect(formatCents(cents, currency)).toBe(text);
  });

  test.each([
    ['0.10', 'USD', '$0.10'],
    ['0.00005', 'USD', '$0.00005'],
    ['1234.5', 'USD', '$1,234.50'],
    ['0.105000', 'USD', '$0.105'],
    ['3', 'JPY', '¥3'],
    ['0.5', 'JPY', '¥0.5'],
  ])('a cost of %s in %s is %s, with every digit that it has', (cost, currency, text) => {
    expect(formatCost(cost, currency)).toBe(text);
  });
});

test('a share of nothing is no share', () => {
  expect([formatShare(1, 3), formatShare(3, 3), formatShare(0, 0)]).toEqual(['33.3%', '100%', '–']);
});

test('figures that are read at a glance', () => {
  expect([formatShort(950), formatShort(12_540), formatShort(3_400_000)]).toEqual(['950', '12.5K', '3.4M']);
  expect([formatMilliseconds(null), formatMilliseconds(4.25), formatMilliseconds(1234.6)]).toEqual([
    '–',
    '4.3 ms',
    '1,235 ms',
  ]);
});

test('a day is a UTC day, wherever the reader is', () => {
  expect(formatDay('2026-03-01')).toBe('Mar 1');
});
