import { isMemberState } from './member-states.ts';
import { readEuVatId } from './tax-id.ts';
import type { LineTax, TaxParty, TaxRequest } from './tax-provider.ts';

/** A row of `tax_rates`: what a seller takes in a country, or a region of it, from a time on until another. */
export interface TaxRate {
  tax_rate_id: string;
  country: string;
  region: string | null;
  /** A plain decimal. */
  rate_percent: string;
  name: string;
  valid_from: Date;
  /** Excluded; null for no end. */
  valid_to: Date | null;
}

export const REVERSE_CHARGE_NOTE =
  'Reverse charge: the recipient accounts for the VAT (Article 196 of Council Directive 2006/112/EC).';
export const TAX_EXEMPT_NOTE = 'The recipient is exempt from tax.';

/**
 * The tax of each line by a seller's table of rates. In this order: a buyer that is exempt pays none; a buyer in another
 * member state of the EU with a valid VAT id of one pays none and accounts for it itself; else the rate of the buyer's
 * region, or of its country, in force at the time, and the
 * later one where two are. A buyer without a country is taken to be where the seller is. Where
 * the seller has no rate, it takes no tax.
 */
export function lineTaxes(rates: readonly TaxRate[], { seller, buyer, at, lines }: TaxRequest): LineTax[] {
  const tax = saleTax(rates, seller, buyer, at);
  return lines.map(({ taxable }) => (taxable === false ? noTax : tax));
}

const noTax: LineTax = { rate_percent: '0', name: null, reverse_charge: false, note: null };

function saleTax(rates: readonly TaxRate[], seller: TaxParty, buyer: TaxParty, at: Date): LineTax {
  if (buyer.tax_exempt) return { ...noTax, note: TAX_EXEMPT_NOTE };
  if (isReverseCharge(seller, buyer))
    return { ...noTax, name: 'VAT', reverse_charge: true, note: REVERSE_CHARGE_NOTE };
  const country = buyer.country ?? seller.country;
  const region = buyer.country === null ? seller.region : buyer.region;
  const in_force = rates
    .filter(
      (rate) => rate.country === country && rate.valid_from <= at && !(rate.valid_to && rate.valid_to <= at),
    )
    .sort((one, other) => other.valid_from.getTime() - one.valid_from.getTime());
  const rate =
    in_force.find((one) => one.region !== null && one.region === region) ??
    in_force.find((one) => one.region === null);
  return rate === undefined ? noTax : { ...noTax, rate_percent: rate.rate_percent, name: rate.name };
}

/** Both in the EU and not in the same state, and the buyer's id is of a state other than the seller's. */
function isReverseCharge(seller: TaxParty, buyer: TaxParty): boolean {
  if (!isMemberState(seller.country) || !isMemberState(buyer.country)) return false;
  const id = readEuVatId(buyer.tax_id);
  return id !== undefined && buyer.country !== seller.country && id.country !== seller.country;
}
