const known = new Map<string, number>();

/** How many digits a currency (ISO 4217) has after the point: 2 for USD, 0 for JPY. Throws a RangeError for no code. */
export function currencyDigits(currency: string): number {
  const digits =
    known.get(currency) ??
    new Intl.NumberFormat('en-US', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
    2;
  known.set(currency, digits);
  return digits;
}
