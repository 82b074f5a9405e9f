import { euVat } from 'stdnum';
import { isMemberState } from './member-states.ts';

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
  const vat_id = (tax_id ?? '').replace(/[\s.\-/]/g, '').toUpperCase();
  if (!/^[A-Z]{2}[0-9A-Z+*]{2,13}$/.test(vat_id)) return undefined;
  const prefix = vat_id.slice(0, 2);
  const country = prefix === 'EL' ? 'GR' : prefix;
  // Greece writes EL, and nothing else is a prefix twice.
  if (prefix === 'GR' || !isMemberState(country)) return undefined;
  const is_valid = (euVat[country] ?? []).some((validator) => validator.validate(vat_id).isValid);
  return is_valid ? { country, vat_id } : undefined;
}
