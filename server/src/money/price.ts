import { parseDecimal } from './decimal.ts';
import { halfEven } from './round.ts';

/** What tokens cost. `below_one_cent` is about the exact price: such a sale is refused, even if it would round to a cent. */
export interface TokenPrice {
  cents: bigint;
  below_one_cent: boolean;
}

/**
 * The price of tokens at a price in minor units per 1,000 of them, a plain decimal text such as `10` or `0.5`.
 * Exact until its one rounding, half to even: at 10, 250 tokens cost 2 and 350 cost 4.
 * Throws a RangeError for a price that is no plain decimal.
 */
export function priceOf(tokens: bigint, price_cents_per_1k: string): TokenPrice {
  const price = parseDecimal(price_cents_per_1k);
  const numerator = tokens * price.numerator;
  const denominator = 1000n * price.denominator;
  return { cents: halfEven(numerator, denominator), below_one_cent: numerator < denominator };
}
