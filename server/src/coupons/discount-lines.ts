import { allocateByLargestRemainder, halfEven, parseDecimal } from '../money/index.ts';

/** What a coupon takes off: a share, or an amount in minor units of a currency. */
export type CouponTerms =
  | { percent_off: string; amount_off_cents: null; currency: null }
  | { percent_off: null; amount_off_cents: bigint; currency: string };

/** What one redemption took off an invoice. */
export interface AppliedDiscount<Redemption> {
  redemption: Redemption;
  /** More than nothing. */
  discount_cents: bigint;
  /** Of each line, in their order; they add up to the discount. */
  line_discounts_cents: bigint[];
}

/** The discounts of an invoice, each zero or more. */
export interface Discounts<Redemption> {
  /** Of each line, all redemptions together. */
  line_discounts_cents: bigint[];
  /** Those that took something off, in the order in which they did. */
  applied: AppliedDiscount<Redemption>[];
}

/**
 * What coupons take off the lines of an invoice, whose amounts are in minor units and before tax. Percents come before
 * amounts, and among each kind the redemptions keep the order in which they are given; each is taken of what those before
 * it left. A discount is rounded once, half to even, is never more than the lines come to (negative lines included), and
 * is spread over what is left of the positive lines by largest remainder. An amount in another currency takes nothing
 * off. Throws a RangeError for a percent outside 0 to 100 and for an amount below zero.
 */
export function discountLines<Redemption extends CouponTerms>(
  amounts_cents: readonly bigint[],
  currency: string,
  redemptions: readonly Redemption[],
): Discounts<Redemption> {
  const left = [...amounts_cents];
  const applied: AppliedDiscount<Redemption>[] = [];
  for (const redemption of inOrder(redemptions)) {
    const base = left.reduce((sum, amount) => sum + amount, 0n);
    const discount_cents = base <= 0n ? 0n : smaller(base, discountOf(redemption, base, currency));
    if (discount_cents === 0n) continue;
    const weights = left.map((amount) => (amount > 0n ? amount : 0n));
    const line_discounts_cents = allocateByLargestRemainder(discount_cents, weights);
    for (const [index, part] of line_discounts_cents.entries()) left[index] = (left[index] ?? 0n) - part;
    applied.push({ redemption, discount_cents, line_discounts_cents });
  }
  return {
    line_discounts_cents: amounts_cents.map((amount, index) => amount - (left[index] ?? 0n)),
    applied,
  };
}

function inOrder<Redemption extends CouponTerms>(redemptions: readonly Redemption[]): Redemption[] {
  const is_percent = ({ percent_off }: Redemption) => percent_off !== null;
  return [...redemptions.filter(is_percent), ...redemptions.filter((one) => !is_percent(one))];
}

function discountOf(terms: CouponTerms, base: bigint, currency: string): bigint {
  if (terms.percent_off === null) {
    if (terms.amount_off_cents < 0n) throw new RangeError('a coupon takes off less than nothing');
    return terms.currency === currency ? terms.amount_off_cents : 0n;
  }
  const percent = parseDecimal(terms.percent_off);
  const hundred = 100n * percent.denominator;
  if (percent.numerator < 0n || percent.numerator > hundred)
    throw new RangeError('a coupon takes off less than nothing or more than all');
  return halfEven(base * percent.numerator, hundred);
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
