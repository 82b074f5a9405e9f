import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type LineTax,
  lineTaxes,
  REVERSE_CHARGE_NOTE,
  readEuVatId,
  TAX_EXEMPT_NOTE,
  type TaxBehavior,
  type TaxParty,
  type TaxRate,
  taxBehaviorOf,
  taxLines,
  taxTotals,
} from './index.ts';

const party = (given: Partial<TaxParty> = {}): TaxParty => ({
  tenant_id: '01900000-0000-7000-8000-000000000001',
  country: 'DE',
  region: null,
  tax_id: null,
  tax_exempt: false,
  ...given,
});
const rateRow = (country: string, rate_percent: string, given: Partial<TaxRate> = {}): TaxRate => ({
  tax_rate_id: `${country}-${rate_percent}`,
  country,
  region: null,
  rate_percent,
  name: 'VAT',
  valid_from: new Date('2020-01-01T00:00:00Z'),
  valid_to: null,
  ...given,
});
const rates = [
  rateRow('DE', '19', { valid_to: new Date('2020-07-01T00:00:00Z') }),
  rateRow('DE', '16', {
    valid_from: new Date('2020-07-01T00:00:00Z'),
    valid_to: new Date('2021-01-01T00:00:00Z'),
  }),
  rateRow('DE', '19', { valid_from: new Date('2021-01-01T00:00:00Z') }),
  rateRow('FR', '20'),
  rateRow('US', '0.5', { name: 'Sales tax' }),
  rateRow('US', '8.875', { name: 'Sales tax', region: 'NY' }),
];
const at = new Date('2026-04-01T00:00:00Z');
const taxOf = (seller: TaxParty, buyer: TaxParty, time = at): LineTax | undefined =>
  lineTaxes(rates, { seller, buyer, at: time, lines: [{ amount_cents: 100n }] })[0];

describe('which tax a sale bears', () => {
  test.each<[string, TaxParty, TaxParty, string, Date?]>([
    ['at home', party(), party(), '19'],
    ['in the last hour of a rate', party(), party(), '19', new Date('2020-06-30T23:59:59Z')],
    ['as soon as another rate is in force', party(), party(), '16', new Date('2020-07-01T00:00:00Z')],
    ['a consumer in another member state', party(), party({ country: 'FR' }), '20'],
    ['a country without a rate', party(), party({ country: 'CH' }), '0'],
    ['before there was a rate', party(), party(), '0', new Date('2019-01-01T00:00:00Z')],
    ['a buyer that never said where it is', party(), party({ country: null }), '19'],
    ['a region with a rate of its own', party(), party({ country: 'US', region: 'NY' }), '8.875'],
    ['a region without one', party(), party({ country: 'US', region: 'CA' }), '0.5'],
    ['a business at home, with an id', party(), party({ tax_id: 'DE136695976' }), '19'],
    [
      'a business elsewhere with an id of home',
      party(),
      party({ country: 'FR', tax_id: 'DE136695976' }),
      '20',
    ],
    [
      'a business elsewhere with a mistyped id',
      party(),
      party({ country: 'FR', tax_id: 'FR40303265046' }),
      '20',
    ],
    [
      'a seller outside the EU',
      party({ country: 'CH' }),
      party({ country: 'FR', tax_id: 'FR40303265045' }),
      '20',
    ],
  ])('%s', (_name, seller, buyer, rate_percent, time) => {
    expect(taxOf(seller, buyer, time)).toMatchObject({ rate_percent, reverse_charge: false, note: null });
  });

  test('a business in another member state with a valid id accounts for it itself, and the invoice says so', () => {
    expect(taxOf(party(), party({ country: 'FR', tax_id: 'FR 40 303 265 045' }))).toEqual({
      rate_percent: '0',
      name: 'VAT',
      reverse_charge: true,
      note: REVERSE_CHARGE_NOTE,
    });
  });

  test('a buyer that is exempt pays none, and the invoice says so', () => {
    expect(taxOf(party(), party({ tax_exempt: true }))).toEqual({
      rate_percent: '0',
      name: null,
      reverse_charge: false,
      note: TAX_EXEMPT_NOTE,
    });
  });

  test('a line that is not taxable bears none, beside one that does', () => {
    const lines = [{ amount_cents: 1n }, { amount_cents: 1n, taxable: false }];
    const taxes = lineTaxes(rates, { seller: party(), buyer: party(), at, lines });
    expect(taxes.map(({ rate_percent, name }) => [rate_percent, name])).toEqual([
      ['19', 'VAT'],
      ['0', null],
    ]);
  });
});

describe('VAT ids', () => {
  test.each([
    ['ATU13585627', 'AT'],
    ['BE0428759497', 'BE'],
    ['BG175074752', 'BG'],
    ['CY10259033P', 'CY'],
    ['CZ25123891', 'CZ'],
    ['DE 136 695 976', 'DE'],
    ['dk-13585628', 'DK'],
    ['EE100594102', 'EE'],
    ['EL094259216', 'GR'],
    ['ESB58378431', 'ES'],
    ['FI20774740', 'FI'],
    ['FR40303265045', 'FR'],
    ['HR33392005961', 'HR'],
    ['HU12892312', 'HU'],
    ['IE6433435F', 'IE'],
    ['IT00743110157', 'IT'],
    ['LT119511515', 'LT'],
    ['LU15027442', 'LU'],
    ['LV40003521600', 'LV'],
    ['MT11679112', 'MT'],
    ['NL004495445B01', 'NL'],
    ['PL8567346215', 'PL'],
    ['PT501964843', 'PT'],
    ['RO18547290', 'RO'],
    ['SE123456789701', 'SE'],
    ['SI50223054', 'SI'],
    ['SK2022749619', 'SK'],
  ])('%s is one of %s', (tax_id, country) => {
    expect(readEuVatId(tax_id)?.country).toBe(country);
  });

  test.each([
    null,
    '',
    'DE',
    'DE136695977',
    '136695976',
    'GR094259216',
    'GB980780684',
    'CHE100155212MWST',
    'DE136695976 and more',
  ])('%j is none', (tax_id) => {
    expect(readEuVatId(tax_id)).toBeUndefined();
  });
});

describe('the tax of lines', () => {
  const tax = (rate_percent: string) => ({ rate_percent });

  test.each([
    // 19% of 50 is 9.5, of 150 is 28.5: an exact half goes to the even one.
    ['exclusive' as const, 50n, '19', 50n, 10n, 60n],
    ['exclusive' as const, 150n, '19', 150n, 28n, 178n],
    ['exclusive' as const, -150n, '19', -150n, -28n, -178n],
    ['exclusive' as const, 10_000n, '8.875', 10_000n, 888n, 10_888n],
    ['inclusive' as const, 119n, '19', 100n, 19n, 119n],
    ['inclusive' as const, 2900n, '19', 2437n, 463n, 2900n],
    ['inclusive' as const, 2900n, '0', 2900n, 0n, 2900n],
  ])('%s: %s at %s%% is %s and %s, %s', (behavior, amount, rate, net_cents, tax_cents, gross_cents) => {
    expect(taxLines([amount], [tax(rate)], behavior)).toEqual([{ net_cents, tax_cents, gross_cents }]);
  });

  test('net and tax make gross, the given side is kept, and each line is rounded by itself', () => {
    const amounts = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
    const percents = fc.integer({ min: 0, max: 300_000 }).map((thousandths) => String(thousandths / 1000));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(amounts, percents), { maxLength: 10 }),
        fc.constantFrom('exclusive' as const, 'inclusive' as const),
        (lines, behavior) => {
          const taxed = taxLines(
            lines.map(([amount]) => amount),
            lines.map(([, percent]) => tax(percent)),
            behavior,
          );
          taxed.forEach(({ net_cents, tax_cents, gross_cents }, index) => {
            const [amount = 0n, percent = '0'] = lines[index] ?? [];
            expect(net_cents + tax_cents).toBe(gross_cents);
            expect(behavior === 'exclusive' ? net_cents : gross_cents).toBe(amount);
            // Within half a cent of the exact tax: of the net amount, or of what is in the gross one.
            const rate = BigInt(Math.round(Number(percent) * 1000));
            const whole = behavior === 'exclusive' ? 100_000n : 100_000n + rate;
            const twice_off = 2n * (tax_cents * whole - amount * rate);
            expect(twice_off <= whole && -twice_off <= whole).toBe(true);
            expect(taxLines([-amount], [tax(percent)], behavior)[0]?.tax_cents).toBe(-tax_cents);
          });
        },
      ),
    );
  });

  test('the totals of each rate add up to the lines', () => {
    const taxes = [
      ...lineTaxes(rates, {
        seller: party(),
        buyer: party(),
        at,
        lines: [{ amount_cents: 50n }, { amount_cents: 50n }],
      }),
      ...lineTaxes(rates, {
        seller: party(),
        buyer: party({ country: 'FR' }),
        at,
        lines: [{ amount_cents: 99n }],
      }),
    ];
    // Per line: twice 19% of 50 is 20, where it would be 19 of both together.
    const lines = taxLines([50n, 50n, 99n], taxes, 'exclusive');
    const rest = { name: 'VAT', reverse_charge: false };
    expect(taxTotals(lines, taxes)).toEqual([
      { rate_percent: '19', ...rest, net_cents: 100n, tax_cents: 20n, gross_cents: 120n },
      { rate_percent: '20', ...rest, net_cents: 99n, tax_cents: 20n, gross_cents: 119n },
    ]);
  });

  test('what does not fit is refused', () => {
    expect(() => taxLines([1n], [], 'exclusive')).toThrow(RangeError);
    expect(() => taxLines([1n], [tax('-1')], 'exclusive')).toThrow(RangeError);
    expect(() => taxTotals([{ net_cents: 1n, tax_cents: 0n, gross_cents: 1n }], [])).toThrow(RangeError);
  });

  test("the buyer's promise counts before the seller's habit, and without both tax comes on top", () => {
    const behavior = (sales_tax_behavior: TaxBehavior | null, tax_behavior: TaxBehavior | null) =>
      taxBehaviorOf({ sales_tax_behavior }, { tax_behavior });
    expect(behavior('inclusive', 'exclusive')).toBe('exclusive');
    expect(behavior('inclusive', null)).toBe('inclusive');
    expect(behavior(null, null)).toBe('exclusive');
  });
});
