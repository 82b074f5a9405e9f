import { currencyDigits, formatDecimal, parseDecimal } from '../money/index.ts';

/** The successful calls of one billing period, as far as they lie before and within what is asked about. */
export interface PeriodCalls {
  /** Successful calls of the period before. */
  before: number;
  /** Successful calls of the period within. */
  within: number;
  /** What the period includes; null for all. */
  included_calls: number | null;
}

/**
 * The calls within that are billed: those beyond what the period includes, taken in the order of time. So the parts of
 * a period add up to it, however it is cut.
 */
export function billableCalls({ before, within, included_calls }: PeriodCalls): number {
  if (included_calls === null) return 0;
  return Math.max(0, before + within - included_calls) - Math.max(0, before - included_calls);
}

/**
 * What calls cost in major units, unrounded: 2,000 at 5 cents per 1,000 cost "0.10". `price_cents_per_1k` is a plain
 * decimal in the currency's minor unit.
 */
export function costOf(calls: number, price_cents_per_1k: string, currency: string): string {
  const price = parseDecimal(price_cents_per_1k);
  return formatDecimal({
    numerator: BigInt(calls) * price.numerator,
    denominator: 1000n * price.denominator * 10n ** BigInt(currencyDigits(currency)),
  });
}
