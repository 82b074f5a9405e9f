/** The member states of the European Union by their ISO 3166 code, as of 2020-02-01. */
const memberStates: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
);

/** Whether a country, by its ISO 3166 code, is in the European Union. */
export function isMemberState(country: string | null): boolean {
  return country !== null && memberStates.has(country);
}
