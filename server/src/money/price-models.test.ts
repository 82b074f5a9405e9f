import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { halfEven, type PriceModel, type PriceTier, parseDecimal, priceModelProblem, rate } from './index.ts';

const price = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, scale]) => {
    const text = digits.toString().padStart(scale + 1, '0');
    return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
  });
const quantity = fc.bigInt({ min: 0n, max: 10n ** 7n });
const tiers = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 10 ** 6 }), { maxLength: 6 }),
    fc.array(fc.record({ unit_price_cents: price, flat_price_cents: fc.option(price, { nil: undefined }) }), {
      minLength: 7,
      maxLength: 7,
    }),
  )
  .map(([ends, prices]): PriceTier[] =>
    [...ends.sort((a, b) => a - b), null].map((up_to, index) => ({
      up_to,
      unit_price_cents: '0',
      ...prices[index],
    })),
  );
const models: fc.Arbitrary<PriceModel> = fc.oneof(
  price.map((flat_price_cents) => ({ model: 'flat' as const, flat_price_cents })),
  price.map((unit_price_cents) => ({ model: 'per_unit' as const, unit_price_cents })),
  fc.record({
    model: fc.constant('package' as const),
    package_size: fc.integer({ min: 1, max: 5000 }),
    package_price_cents: price,
  }),
  tiers.map((tiers) => ({ model: 'graduated' as const, tiers })),
  tiers.map((tiers) => ({ model: 'volume' as const, tiers })),
);

/** An amount in millionths of a cent, in which every price above is whole. */
function millionths(model: PriceModel, units: bigint): bigint {
  const { amount } = rate(model, units);
  expect((amount.numerator * 1_000_000n) % amount.denominator).toBe(0n);
  return (amount.numerator * 1_000_000n) / amount.denominator;
}
const millionthsOf = (text: string) => {
  const { numerator, denominator } = parseDecimal(text);
  return (numerator * 1_000_000n) / denominator;
};

describe('price models', () => {
  const tiersOf100 = [
    { up_to: 100, unit_price_cents: '2' },
    { up_to: 1000, unit_price_cents: '1.5', flat_price_cents: '60' },
    { up_to: null, unit_price_cents: '0.005' },
  ];
  test.each<[string, PriceModel, bigint, bigint]>([
    ['a fee is due for nothing too', { model: 'flat', flat_price_cents: '2900' }, 0n, 2900n],
    ['a fee is due once', { model: 'flat', flat_price_cents: '2900' }, 7n, 2900n],
    ['2,000 calls at 5 cents per 1,000', { model: 'per_unit', unit_price_cents: '0.005' }, 2000n, 10n],
    ['half a cent goes to the even one', { model: 'per_unit', unit_price_cents: '0.5' }, 5n, 2n],
    [
      'a begun package is paid for',
      { model: 'package', package_size: 100, package_price_cents: '30' },
      101n,
      60n,
    ],
    ['a full package is one', { model: 'package', package_size: 100, package_price_cents: '30' }, 100n, 30n],
    ['graduated, at the end of a tier', { model: 'graduated', tiers: tiersOf100 }, 100n, 200n],
    ['graduated, one beyond: 200 + 60 + 1.5', { model: 'graduated', tiers: tiersOf100 }, 101n, 262n],
    ['graduated, in the last tier', { model: 'graduated', tiers: tiersOf100 }, 3000n, 1620n],
    ['volume, at the end of a tier', { model: 'volume', tiers: tiersOf100 }, 100n, 200n],
    ['volume, one beyond changes the price of all', { model: 'volume', tiers: tiersOf100 }, 101n, 212n],
    ['volume, in the last tier', { model: 'volume', tiers: tiersOf100 }, 3000n, 15n],
  ])('%s', (_name, model, units, cents) => {
    const { amount } = rate(model, units);
    expect(halfEven(amount.numerator, amount.denominator)).toBe(cents);
  });

  test('the steps explain the amount: each is its quantity times its price, and together they are all of it', () => {
    fc.assert(
      fc.property(models, quantity, (model, units) => {
        const { steps } = rate(model, units);
        let sum = 0n;
        let rated = 0n;
        for (const step of steps) {
          const amount = (step.amount.numerator * 1_000_000n) / step.amount.denominator;
          expect(amount).toBe(step.quantity * millionthsOf(step.unit_price_cents));
          sum += amount;
          if (step.of === 'units') rated += step.quantity;
        }
        expect(sum).toBe(millionths(model, units));
        if (model.model !== 'flat' && model.model !== 'package') expect(rated).toBe(units);
      }),
    );
  });

  test('graduated pricing costs what its units cost one after another', () => {
    fc.assert(
      fc.property(tiers, fc.bigInt({ min: 1n, max: 1_100_000n }), (list, units) => {
        const model: PriceModel = { model: 'graduated', tiers: list };
        const tier = list.find(({ up_to }) => up_to === null || units <= BigInt(up_to));
        const begins =
          list.some(({ up_to }) => up_to !== null && units === BigInt(up_to) + 1n) || units === 1n;
        const step =
          millionthsOf(tier?.unit_price_cents ?? '0') +
          (begins ? millionthsOf(tier?.flat_price_cents ?? '0') : 0n);
        expect(millionths(model, units) - millionths(model, units - 1n)).toBe(step);
      }),
    );
  });

  test('one tier without an end is a price per unit, graduated or by volume', () => {
    fc.assert(
      fc.property(price, quantity, (unit_price_cents, units) => {
        const one = [{ up_to: null, unit_price_cents }];
        const expected = millionths({ model: 'per_unit', unit_price_cents }, units);
        expect(millionths({ model: 'graduated', tiers: one }, units)).toBe(expected);
        expect(millionths({ model: 'volume', tiers: one }, units)).toBe(expected);
        expect(
          millionths({ model: 'package', package_size: 1, package_price_cents: unit_price_cents }, units),
        ).toBe(expected);
      }),
    );
  });

  test('only volume prices and credits can make more cost less', () => {
    fc.assert(
      fc.property(
        models.filter(({ model }) => model !== 'volume'),
        quantity,
        quantity,
        (model, units, more) => {
          expect(millionths(model, units + more) >= millionths(model, units)).toBe(true);
        },
      ),
    );
  });

  test('a negative quantity is refused', () => {
    expect(() => rate({ model: 'per_unit', unit_price_cents: '1' }, -1n)).toThrow(RangeError);
  });

  test('a quantity that no tier takes is refused, never free', () => {
    const short = [{ up_to: 10, unit_price_cents: '1' }];
    expect(() => rate({ model: 'graduated', tiers: short }, 11n)).toThrow(RangeError);
    expect(() => rate({ model: 'volume', tiers: short }, 11n)).toThrow(RangeError);
  });
});

describe('what is wrong with a price model', () => {
  const tier = (up_to: number | null, unit_price_cents = '1') => ({ up_to, unit_price_cents });
  const graduated = (...list: PriceTier[]): PriceModel => ({ model: 'graduated', tiers: list });
  test('is nothing for a sound one', () => {
    fc.assert(
      fc.property(models, (model) => {
        expect(priceModelProblem(model)).toBeUndefined();
      }),
    );
  });

  test.each<[PriceModel, RegExp]>([
    [{ model: 'flat', flat_price_cents: '1e3' }, /plain decimal/],
    [{ model: 'flat', flat_price_cents: '-1' }, /below zero/],
    [graduated(tier(null, '-0.1')), /below zero/],
    [{ model: 'volume', tiers: [{ ...tier(null), flat_price_cents: '-1' }] }, /below zero/],
    [{ model: 'package', package_size: 0, package_price_cents: '1' }, /package_size/],
    [{ model: 'package', package_size: 1.5, package_price_cents: '1' }, /package_size/],
    [graduated(), /1 to 50 tiers/],
    [
      graduated(...Array.from({ length: 50 }, (_tier, index) => tier(index + 1)), tier(null)),
      /1 to 50 tiers/,
    ],
    [graduated(tier(10)), /last tier must have no end/],
    [graduated(tier(null), tier(null)), /only the last/],
    [graduated(tier(0), tier(null)), /at least 1/],
    [graduated(tier(1.5), tier(null)), /at least 1/],
    [graduated(tier(10), tier(10), tier(null)), /after the one before/],
    [graduated(tier(10), tier(5), tier(null)), /after the one before/],
  ])('%j', (model, words) => {
    expect(priceModelProblem(model)).toMatch(words);
  });

  test('a credit is sound where it is asked for', () => {
    const credit: PriceModel = { model: 'flat', flat_price_cents: '-500' };
    expect(priceModelProblem(credit, { negative_allowed: true })).toBeUndefined();
    expect(rate(credit, 1n).amount).toEqual({ numerator: -500n, denominator: 1n });
  });
});
