/** Codes that have a name and are no country: groups of countries, and placeholders. */
const noCountries: ReadonlySet<string> = new Set(['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ']);

const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** Whether a text is the code of a country in ISO 3166, two capitals; XK, which Kosovo uses, is taken too. */
export function isCountry(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && !noCountries.has(code) && names.of(code) !== undefined;
}

/** The English name of a country by its code, as an address ends; the code where it has none. */
export function countryName(code: string): string {
  return names.of(code) ?? code;
}
