import { sql } from 'kysely';
import { type BillingDetails, readBillingDetails } from '../billing-details/index.ts';
import {
  type AppliedDiscount,
  type CouponRedemption,
  discountLines,
  lockRedemptionsInForce,
} from '../coupons/index.ts';
import type { Tx } from '../db/index.ts';
import { taxBehaviorOf, taxLines } from '../tax/index.ts';
import type { InvoiceContext } from './context.ts';
import { type Invoice, type InvoiceLine, invoiceColumns } from './invoice.ts';
import { linesOf } from './read-invoices.ts';

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
  const [seller, buyer] = [await readBillingDetails(tx, seller_id), await readBillingDetails(tx, tenant_id)];
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

/** Writes into a draft what its lines come to now; answers it, and at which terms. */
export async function priceInvoice(
  tx: Tx,
  context: InvoiceContext,
  draft: Invoice,
): Promise<{ invoice: Invoice; priced: PricedLines }> {
  const { tenant_id } = context;
  const { invoice_id } = draft;
  const lines = (await linesOf(tx, tenant_id, [invoice_id])).get(invoice_id) ?? [];
  const priced = await priceLines(tx, context, draft, lines);
  const column = <Name extends keyof PricedLines['lines'][number]>(name: Name) =>
    priced.lines.map((line) => line[name]);
  await sql`
    update invoice_lines line set discount_cents = p.discount, tax_rate_percent = p.rate, tax_name = p.name, tax_cents = p.tax
    from unnest(${lines.map(({ line_no }) => line_no)}::integer[], ${column('discount_cents')}::bigint[],
      ${column('tax_rate_percent')}::numeric[], ${column('tax_name')}::text[], ${column('tax_cents')}::bigint[])
      as p (line_no, discount, rate, name, tax)
    where line.tenant_id = ${tenant_id} and line.invoice_id = ${invoice_id} and line.line_no = p.line_no`.execute(
    tx,
  );
  const due = priced.total_cents > 0n ? priced.total_cents : 0n;
  const written = await sql<Invoice>`
    update invoices set subtotal_cents = ${priced.subtotal_cents}, discount_cents = ${priced.discount_cents},
      tax_behavior = ${priced.tax_behavior}, tax_cents = ${priced.tax_cents}, total_cents = ${priced.total_cents},
      credit_applied_cents = 0, amount_due_cents = ${due}
    where tenant_id = ${tenant_id} and invoice_id = ${invoice_id} and status = 'draft'
    returning ${invoiceColumns}`.execute(tx);
  const invoice = written.rows[0];
  if (invoice === undefined) throw new Error(`invoice ${invoice_id} is no draft`);
  return { invoice, priced };
}
