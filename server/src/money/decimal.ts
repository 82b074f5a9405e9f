import { halfEven } from './round.ts';

/** An exact number. The denominator is positive. */
export interface Rational {
  numerator: bigint;
  denominator: bigint;
}

/**
 * The exact value of a plain decimal such as `10`, `0.05` or `-1.5`: no exponent, no spaces, no bare point.
 * Throws a RangeError for any other text, and for one longer than 40 characters.
 */
export function parseDecimal(text: string): Rational {
  const match = text.length <= 40 ? /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) : null;
  if (!match) throw new RangeError('not a plain decimal number');
  const [, sign = '', whole = '', fraction = ''] = match;
  return { numerator: BigInt(sign + whole + fraction), denominator: 10n ** BigInt(fraction.length) };
}

/**
 * A value as a decimal text, as the field `cost` carries it: at least `least` digits after the point (2), and no
 * trailing zeros beyond them. What does not end within `most` digits (12) is rounded there, half to even.
 */
export function formatDecimal(value: Rational, least = 2, most = 12): string {
  const scaled = halfEven(value.numerator * 10n ** BigInt(most), value.denominator);
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(most + 1, '0');
  const whole = digits.slice(0, digits.length - most);
  const fraction = digits
    .slice(digits.length - most)
    .replace(/0+$/, '')
    .padEnd(least, '0');
  return `${scaled < 0n ? '-' : ''}${whole}${fraction === '' ? '' : '.'}${fraction}`;
}
