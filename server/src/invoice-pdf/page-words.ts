import { currencyDigits, formatDecimal, parseDecimal } from '../money/index.ts';

/** How the page spells values: in English, money in its currency, days in a zone. */
export class PageWords {
  readonly #currency: string;
  readonly #day: Intl.DateTimeFormat;

  constructor(currency: string, time_zone: string) {
    this.#currency = currency;
    this.#day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: time_zone });
  }

  /** Minor units as money: `€1,234.50`, `¥2,900`, `-$5.00`. */
  money(cents: bigint): string {
    return this.price(cents.toString());
  }

  /** A price in minor units that may have parts of them: `$0.00005`. At least the digits of the currency. */
  price(cents: string): string {
    const digits = currencyDigits(this.#currency);
    const { numerator, denominator } = parseDecimal(cents);
    const amount = formatDecimal({ numerator, denominator: denominator * 10n ** BigInt(digits) }, digits, 20);
    const format = new Intl.NumberFormat('en-US', {
      style: 'currency',
      currency: this.#currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: 20,
    });
    // As a text, because a number would round.
    return format.format(amount as Intl.StringNumericLiteral);
  }

  count(quantity: bigint): string {
    return new Intl.NumberFormat('en-US').format(quantity);
  }

  percent(percent: string): string {
    return `${formatDecimal(parseDecimal(percent), 0)}%`;
  }

  day(at: Date): string {
    return this.#day.format(at);
  }

  /** Both days included: a period that ends at a midnight does not name the day that begins then. */
  period({ starts_at, ends_at }: { starts_at: Date; ends_at: Date }): string {
    const [first, last] = [this.day(starts_at), this.day(new Date(ends_at.getTime() - 1))];
    return first === last ? first : `${first} – ${last}`;
  }
}
