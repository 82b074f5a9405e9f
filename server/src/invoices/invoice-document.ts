import type { DocumentLine, DocumentTax, InvoiceDocument } from '../invoice-pdf/index.ts';
import { type Invoice, type InvoiceDetails, type InvoiceLine, netOf, owedOf } from './invoice.ts';

/** The colour of a seller that has chosen none. */
const PLAIN_COLOR = '#1f3a5f';

/** An invoice as its page shows it; `details` are those of now for a draft, which has none of its own yet. */
export function invoiceDocument(
  invoice: Invoice,
  lines: readonly InvoiceLine[],
  details: InvoiceDetails,
  corrects_number: string | null,
): InvoiceDocument {
  const { kind, number, status, currency, tax_behavior, period_start, period_end } = invoice;
  return {
    kind,
    number,
    corrects_number,
    status,
    issued_at: invoice.finalized_at ?? invoice.created_at,
    due_at: invoice.due_at,
    paid_at: invoice.paid_at,
    period: { starts_at: period_start, ends_at: period_end },
    time_zone: details.time_zone,
    currency,
    brand: { name: details.seller.name, primary_color: PLAIN_COLOR, logo: null },
    seller: details.seller,
    buyer: details.buyer,
    lines: lines.map((line) => documentLine(line, details.time_zone)),
    subtotal_cents: invoice.subtotal_cents,
    discounts: details.discounts.map(({ code, discount_cents }) => ({
      description: `Coupon ${code}`,
      amount_cents: BigInt(discount_cents),
    })),
    taxes: taxesOf(invoice, lines),
    tax_behavior,
    total_cents: invoice.total_cents,
    credit_applied_cents: invoice.credit_applied_cents,
    amount_paid_cents: invoice.amount_paid_cents,
    amount_due_cents: owedOf(invoice),
    notes: details.notes,
  };
}

function documentLine(line: InvoiceLine, time_zone: string): DocumentLine {
  const { description, quantity, amount_cents, tax_name, tax_rate_percent } = line;
  const counts = line.kind === 'api_calls' || line.kind === 'feature' || line.kind === 'token_shortfall';
  return {
    description,
    details: spanOf(line, time_zone),
    quantity: counts ? quantity : null,
    unit_price_cents: null,
    tax_rate_percent: tax_name === null ? null : tax_rate_percent,
    amount_cents,
  };
}

function spanOf({ starts_at, ends_at }: InvoiceLine, timeZone: string): string | null {
  if (ends_at <= starts_at) return null;
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone });
  return day.formatRange(starts_at, new Date(ends_at.getTime() - 1));
}

/** Lines that name a tax, by its rate. */
function taxesOf({ tax_behavior }: Invoice, lines: readonly InvoiceLine[]): DocumentTax[] {
  const taxed = lines.filter(({ tax_name }) => tax_name !== null);
  const by_rate = Map.groupBy(taxed, ({ tax_name, tax_rate_percent }) => `${tax_name} ${tax_rate_percent}`);
  return [...by_rate.values()].map((of_rate) => ({
    name: of_rate[0]?.tax_name ?? null,
    rate_percent: of_rate[0]?.tax_rate_percent ?? '0',
    net_cents: of_rate.reduce((sum, line) => sum + netOf(line, tax_behavior), 0n),
    tax_cents: of_rate.reduce((sum, line) => sum + line.tax_cents, 0n),
  }));
}
