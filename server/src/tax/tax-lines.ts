import { halfEven, parseDecimal } from '../money/index.ts';
import type { LineTax } from './tax-provider.ts';

/** Whether tax comes on top of a price, or is in it. */
export const TAX_BEHAVIORS = ['exclusive', 'inclusive'] as const;
export type TaxBehavior = (typeof TAX_BEHAVIORS)[number];

/** A line in minor units: net and tax make gross, always. */
export interface TaxedLine {
  net_cents: bigint;
  tax_cents: bigint;
  gross_cents: bigint;
}

/** How a sale treats its prices: as its buyer was promised, else as its seller does, else tax comes on top. */
export function taxBehaviorOf(
  seller: { sales_tax_behavior: TaxBehavior | null },
  buyer: { tax_behavior: TaxBehavior | null },
): TaxBehavior {
  return buyer.tax_behavior ?? seller.sales_tax_behavior ?? 'exclusive';
}

/**
 * The tax of each amount, after discounts and in minor units, rounded once per line, half to even. Of an inclusive price
 * the tax is what is in it, so what the buyer pays does not change with the rate, not even where there is none. A
 * negative amount mirrors the positive one. Throws a RangeError where the taxes are not one for each amount, or a rate
 * is not a decimal of zero or more.
 */
export function taxLines(
  amounts_cents: readonly bigint[],
  taxes: readonly Pick<LineTax, 'rate_percent'>[],
  behavior: TaxBehavior,
): TaxedLine[] {
  if (amounts_cents.length !== taxes.length) throw new RangeError('there is not one tax for each line');
  return amounts_cents.map((amount, index) => taxLine(amount, taxes[index]?.rate_percent ?? '', behavior));
}

function taxLine(amount: bigint, rate_percent: string, behavior: TaxBehavior): TaxedLine {
  const rate = parseDecimal(rate_percent);
  if (rate.numerator < 0n) throw new RangeError('a tax rate is below zero');
  const hundred = 100n * rate.denominator;
  if (behavior === 'exclusive') {
    const tax_cents = halfEven(amount * rate.numerator, hundred);
    return { net_cents: amount, tax_cents, gross_cents: amount + tax_cents };
  }
  const tax_cents = halfEven(amount * rate.numerator, hundred + rate.numerator);
  return { net_cents: amount - tax_cents, tax_cents, gross_cents: amount };
}

/** The lines of one rate together. */
export type TaxTotal = TaxedLine & Pick<LineTax, 'rate_percent' | 'name' | 'reverse_charge'>;

/** What an invoice says of each rate: sums of its lines, in the order in which rates first appear. */
export function taxTotals(lines: readonly TaxedLine[], taxes: readonly LineTax[]): TaxTotal[] {
  const totals = new Map<string, TaxTotal>();
  for (const [index, line] of lines.entries()) {
    const tax = taxes[index];
    if (tax === undefined) throw new RangeError('there is not one tax for each line');
    const { rate_percent, name, reverse_charge } = tax;
    const key = JSON.stringify([rate_percent, name, reverse_charge]);
    const total = totals.get(key) ?? {
      ...{ rate_percent, name, reverse_charge },
      ...{ net_cents: 0n, tax_cents: 0n, gross_cents: 0n },
    };
    total.net_cents += line.net_cents;
    total.tax_cents += line.tax_cents;
    total.gross_cents += line.gross_cents;
    totals.set(key, total);
  }
  return [...totals.values()];
}
