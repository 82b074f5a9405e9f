import { type BillingDetails, readBothDetails } from '../billing-details/index.ts';
import {
  type AppliedDiscount,
  type CouponRedemption,
  discountLines,
  lockRedemptionsInForce,
} from '../coupons/index.ts';
import type { Tx } from '../db/index.ts';
import { taxBehaviorOf, taxLines } from '../tax/index.ts';
import type { InvoiceContext } from './context.ts';
import type { Invoice, InvoiceLine } from './invoice.ts';

/** What the lines of an invoice come to, and at whose terms. */
export interface PricedLines {
  lines: Pick<InvoiceLine, 'discount_cents' | 'tax_rate_percent' | 'tax_name' | 'tax_cents'>[];
  subtotal_cents: bigint;
  discount_cents: bigint;
  tax_behavior: Invoice['tax_behavior'];
  tax_cents: bigint;
  total_cents: bigint;
  discounts: AppliedDiscount<CouponRedemption>[];
  /** What the invoice must say, as of reverse charge. */
  notes: string[];
  seller: BillingDetails;
  buyer: BillingDetails;
}

/**
 * Prices lines at the terms of now: discounts first, then the tax of what is left of each. What a preview shows and what an
 * invoice says is this. Coupons that take something off stay as they are until the transaction ends.
 */
export async function priceLines(
  tx: Tx,
  context: InvoiceContext,
  { seller_id, currency }: Pick<Invoice, 'seller_id' | 'currency'>,
  lines: readonly Pick<InvoiceLine, 'amount_cents'>[],
): Promise<PricedLines> {
  const { tenant_id, now: at } = context;
  const amounts = lines.map(({ amount_cents }) => amount_cents);
  const redemptions = await lockRedemptionsInForce(tx, tenant_id, at);
  const { line_discounts_cents, applied } = discountLines(amounts, currency, redemptions);
  const left = amounts.map((amount, index) => amount - (line_discounts_cents[index] ?? 0n));
  const { seller, buyer } = await readBothDetails(tx, seller_id, tenant_id);
  const sale = { seller, buyer, at, lines: left.map((amount_cents) => ({ amount_cents })) };
  const taxes = await context.tax.ratesFor(tx, sale);
  const tax_behavior = taxBehaviorOf(seller, buyer);
  const taxed = taxLines(left, taxes, tax_behavior);
  return {
    lines: taxed.map(({ tax_cents }, index) => ({
      discount_cents: line_discounts_cents[index] ?? 0n,
      tax_rate_percent: taxes[index]?.rate_percent ?? '0',
      tax_name: taxes[index]?.name ?? null,
      tax_cents,
    })),
    subtotal_cents: sumOf(amounts),
    discount_cents: sumOf(line_discounts_cents),
    tax_behavior,
    tax_cents: sumOf(taxed.map(({ tax_cents }) => tax_cents)),
    total_cents: sumOf(taxed.map(({ gross_cents }) => gross_cents)),
    discounts: applied,
    notes: [...new Set(taxes.flatMap(({ note }) => note ?? []))],
    seller,
    buyer,
  };
}

function sumOf(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

/** An invoice at the prices of its lines; no credit is taken yet. */
export function asPriced(invoice: Invoice, priced: PricedLines): Invoice {
  const { subtotal_cents, discount_cents, tax_behavior, tax_cents, total_cents } = priced;
  const amount_due_cents = total_cents > 0n ? total_cents : 0n;
  const totals = { subtotal_cents, discount_cents, tax_behavior, tax_cents, total_cents, amount_due_cents };
  return { ...invoice, ...totals, credit_applied_cents: 0n };
}

/** Lines with the prices that they were given together. */
export function linesAsPriced(lines: readonly InvoiceLine[], priced: PricedLines): InvoiceLine[] {
  return lines.map((line, index) => ({ ...line, ...priced.lines[index] }));
}
