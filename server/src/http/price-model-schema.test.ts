import { expect, test } from 'vitest';
import { priceModel } from './index.ts';

const problemsOf = (value: unknown) =>
  priceModel.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('/')}: ${message}`);

test('a price model of a request is taken as it stands', () => {
  const model = {
    model: 'graduated',
    tiers: [
      { up_to: 100, unit_price_cents: '2' },
      { up_to: null, unit_price_cents: '0.5', flat_price_cents: '10' },
    ],
  };
  expect(priceModel.parse(model)).toEqual(model);
});

test.each([
  [{ model: 'graduated', tiers: [{ up_to: 5, unit_price_cents: '2' }] }, ': the last tier must have no end'],
  [{ model: 'volume', tiers: [] }, 'tiers: '],
  [{ model: 'per_unit', unit_price_cents: '-1' }, 'unit_price_cents: must be a plain decimal'],
  [{ model: 'per_unit', unit_price_cents: 1 }, 'unit_price_cents: '],
  [{ model: 'per_unit', unit_price_cents: '9'.repeat(31) }, 'unit_price_cents: '],
  [{ model: 'package', package_size: 0, package_price_cents: '1' }, 'package_size: '],
  [{ model: 'flat', flat_price_cents: '1', tiers: [] }, ''],
  [{ model: 'auction' }, 'model: '],
])('%j is refused', (value, problem) => {
  expect(problemsOf(value)?.[0]).toContain(problem);
});
