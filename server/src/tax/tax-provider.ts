import type { Tx } from '../db/index.ts';

/** What tax depends on of a seller or a buyer; a part of its billing details. */
export interface TaxParty {
  tenant_id: string;
  /** ISO 3166, two letters; null where nobody has said. */
  country: string | null;
  /** A state or province where taxes differ by it, as `tax_rates` spells it. */
  region: string | null;
  tax_id: string | null;
  tax_exempt: boolean;
}

/** A sale to find the tax of. */
export interface TaxRequest {
  seller: TaxParty;
  buyer: TaxParty;
  /** When it is sold: rates have dates. */
  at: Date;
  /** The lines of an invoice, in minor units; what is `taxable: false` bears no tax. */
  lines: readonly { amount_cents: bigint; taxable?: boolean }[];
}

/** The tax of one line. */
export interface LineTax {
  /** A plain decimal: `19`, `7.7`, `0`. */
  rate_percent: string;
  /** What the tax is called, such as `VAT`; null where there is none. */
  name: string | null;
  reverse_charge: boolean;
  /** What the invoice must say about it. */
  note: string | null;
}

/**
 * Who says which tax a sale bears. It is asked inside the transaction that writes the invoice, so it awaits nothing but
 * SQL: one that asks over a network keeps what it was told in rows, and answers from them.
 */
export interface TaxProvider {
  /** One tax for each line, in their order. */
  ratesFor(tx: Tx, request: TaxRequest): Promise<LineTax[]>;
}
