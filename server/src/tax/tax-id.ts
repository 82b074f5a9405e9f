import { createRequire } from 'node:module';
import { isMemberState } from './member-states.ts';

const load = createRequire(import.meta.url);

/** By country. Loaded when the first id is read: it takes 20 MB and a tenth of a second, which most servers never need. */
let validators: typeof import('stdnum')['euVat'] | undefined;

/** A VAT identification number of a member state of the EU. */
export interface EuVatId {
  /** ISO 3166: GR for numbers that begin with EL. */
  country: string;
  /** Without spaces and signs, with the prefix of its member state. */
  vat_id: string;
}

/**
 * The VAT identification number of the EU that a text is: with the prefix of its member state, spaces and signs allowed,
 * its form and check digits right. Undefined for everything else. Whether it was ever given to anybody is not known here.
 */
export function readEuVatId(tax_id: string | null): EuVatId | undefined {
  const vat_id = bare(tax_id);
  const country = stateOf(vat_id);
  if (country === undefined || !/^[0-9A-Z+*]{4,15}$/.test(vat_id)) return undefined;
  validators ??= (load('stdnum') as typeof import('stdnum')).euVat;
  const is_valid = (validators[country] ?? []).some((validator) => validator.validate(vat_id).isValid);
  return is_valid ? { country, vat_id } : undefined;
}

/**
 * Whether a text has the prefix and about the length of a VAT id of the EU, so that one which is none is mistyped. Longer
 * ones are tax ids of other kinds, such as an Italian one that begins with a name.
 */
export function looksLikeEuVatId(tax_id: string | null): boolean {
  const vat_id = bare(tax_id);
  return vat_id.length <= 14 && stateOf(vat_id) !== undefined;
}

function bare(tax_id: string | null): string {
  return (tax_id ?? '').replace(/[\s.\-/]/g, '').toUpperCase();
}

/** The member state by the prefix of an id: Greece writes EL there, and never GR. */
function stateOf(vat_id: string): string | undefined {
  const prefix = vat_id.slice(0, 2);
  const country = prefix === 'EL' ? 'GR' : prefix;
  return prefix !== 'GR' && isMemberState(country) ? country : undefined;
}
