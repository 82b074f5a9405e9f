import type { BillingDetails } from '../billing-details/index.ts';
import type { DocumentParty } from './invoice-document.ts';

/** Where a town, its state and its code stand in one line, in this order. */
const stateBeforeCode: ReadonlySet<string> = new Set(['US', 'CA', 'AU']);

/** How a page names a tenant by its billing details; `name` is what it is called where it has given no legal name. */
export function partyOf(details: BillingDetails, name: string): DocumentParty {
  const { legal_name, address_line1, address_line2, country, tax_id, email } = details;
  const address = [address_line1, address_line2, ...townLines(details)].filter((line) => line !== null);
  return { name: legal_name ?? name, address, country, tax_id, email };
}

function townLines({ city, region, postal_code, country }: BillingDetails): (string | null)[] {
  const joined = (parts: readonly (string | null)[], sign: string) =>
    parts.filter((part) => part !== null && part !== '').join(sign) || null;
  if (country !== null && stateBeforeCode.has(country))
    return [joined([city, joined([region, postal_code], ' ')], ', ')];
  return [joined([postal_code, city], ' '), region];
}
