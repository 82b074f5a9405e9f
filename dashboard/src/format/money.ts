/**
 * Minor units in the form of their currency, exactly: 123450 USD is $1,234.50 and 12000 JPY ¥12,000. The exponent is the
 * currency's own, and no cent passes through a floating point number.
 */
export function formatCents(cents: number, currency: string): string {
  const format = formatOf(currency);
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const text = String(Math.abs(cents)).padStart(digits + 1, '0');
  const decimal = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return format.format(`${cents < 0 ? '-' : ''}${decimal}` as Intl.StringNumericLiteral);
}

/** An unrounded cost in major units, a decimal text: at least the currency's digits, and all that it has. */
export function formatCost(cost: string, currency: string): string {
  const digits = formatOf(currency).resolvedOptions().minimumFractionDigits ?? 2;
  const own = cost.split('.')[1]?.replace(/0+$/, '').length ?? 0;
  return formatOf(currency, Math.max(digits, own)).format(cost as Intl.StringNumericLiteral);
}

/** Minor units in short, as an axis has room for: 1234500 USD is $12.3K. */
export function formatShortCents(cents: number, currency: string): string {
  const digits = formatOf(currency).resolvedOptions().maximumFractionDigits ?? 2;
  const short = { notation: 'compact', maximumFractionDigits: 1, minimumFractionDigits: 0 } as const;
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency, ...short });
  return format.format(cents / 10 ** digits);
}

function formatOf(currency: string, digits?: number): Intl.NumberFormat {
  const exact = digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat('en-US', { style: 'currency', currency, ...exact });
}
