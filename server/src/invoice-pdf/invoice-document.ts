/** Who sells or who buys, as the page shows it. */
export interface DocumentParty {
  name: string;
  /** Lines of the address without the country. */
  address: readonly string[];
  /** ISO 3166, two letters; the page has its English name. */
  country: string | null;
  tax_id: string | null;
  email: string | null;
}

/** How a seller looks. */
export interface DocumentBrand {
  name: string;
  /** `#rrggbb`. */
  primary_color: string;
  /** PNG or JPEG; without one, or where it cannot be read, the name stands in its place. */
  logo: Uint8Array | null;
}

/** A row of the table. */
export interface DocumentLine {
  description: string;
  /** In small below the description, such as the period of the line. */
  details: string | null;
  /** Null where the line counts nothing. */
  quantity: bigint | null;
  /** A plain decimal text in minor units. */
  unit_price_cents: string | null;
  /** A plain decimal text; null where no tax is named. */
  tax_rate_percent: string | null;
  /** Before discounts, as prices are: with their tax where they are inclusive, else without. */
  amount_cents: bigint;
}

/** The tax of one rate. */
export interface DocumentTax {
  /** Such as `VAT`; null for plain `Tax`. */
  name: string | null;
  rate_percent: string;
  net_cents: bigint;
  tax_cents: bigint;
}

/** All that an invoice or a credit note shows. Nothing is computed from it: the figures are those of the record. */
export interface InvoiceDocument {
  kind: 'invoice' | 'credit_note';
  /** Null for a draft, which has none yet. */
  number: string | null;
  /** Of a credit note: the number of the invoice that it corrects. */
  corrects_number: string | null;
  status: 'draft' | 'finalized' | 'paid' | 'void' | 'uncollectible';
  issued_at: Date;
  due_at: Date | null;
  paid_at: Date | null;
  /** `ends_at` is not part of it: the page names the last day before. */
  period: { starts_at: Date; ends_at: Date } | null;
  /** The days that the page names are those of this zone of the IANA database. */
  time_zone: string;
  /** ISO 4217. */
  currency: string;
  brand: DocumentBrand;
  seller: DocumentParty;
  buyer: DocumentParty;
  lines: readonly DocumentLine[];
  subtotal_cents: bigint;
  /** What is taken off, above zero. */
  discounts: readonly { description: string; amount_cents: bigint }[];
  taxes: readonly DocumentTax[];
  /** Whether taxes are in the amounts, or come on top. */
  tax_behavior: 'exclusive' | 'inclusive';
  total_cents: bigint;
  /** Of the buyer's credit, above zero where some was applied. */
  credit_applied_cents: bigint;
  amount_paid_cents: bigint;
  amount_due_cents: bigint;
  /** Such as that the tax is reverse charged. */
  notes: readonly string[];
}
