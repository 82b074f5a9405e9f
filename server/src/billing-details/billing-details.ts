import type { TaxBehavior } from '../tax/index.ts';

/** What a tenant says of itself; null for what it has not said. */
export interface DetailsTerms {
  legal_name: string | null;
  email: string | null;
  address_line1: string | null;
  address_line2: string | null;
  city: string | null;
  postal_code: string | null;
  /** A state or province, as the seller's tax rates spell it. */
  region: string | null;
  /** ISO 3166, two letters. */
  country: string | null;
  tax_id: string | null;
  tax_exempt: boolean;
  /** Whether prices it was promised as a buyer have tax in them; null leaves it to its seller. */
  tax_behavior: TaxBehavior | null;
  /** Whether prices of its own catalogue have tax in them; null for tax on top. */
  sales_tax_behavior: TaxBehavior | null;
  /** Of the IANA database. */
  time_zone: string;
}

/** A row of `billing_details`, or what stands for one that is not there. */
export interface BillingDetails extends DetailsTerms {
  tenant_id: string;
  /** Null where nothing was ever said. */
  updated_at: Date | null;
}

/** What is known of a tenant that has said nothing. */
export const saidNothing: DetailsTerms = {
  legal_name: null,
  email: null,
  address_line1: null,
  address_line2: null,
  city: null,
  postal_code: null,
  region: null,
  country: null,
  tax_id: null,
  tax_exempt: false,
  tax_behavior: null,
  sales_tax_behavior: null,
  time_zone: 'UTC',
};
