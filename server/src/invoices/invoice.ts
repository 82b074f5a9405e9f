import { sql } from 'kysely';
import type { DocumentParty } from '../invoice-pdf/index.ts';
import type { Json } from '../json/index.ts';
import type { RevenueStream } from '../ledger/index.ts';
import type { DisputeStatus } from '../payments/index.ts';
import type { TaxBehavior } from '../tax/index.ts';

/** How an invoice stands: draft until finalized, then paid, void (never owed) or uncollectible (owed and given up). */
export const INVOICE_STATUSES = ['draft', 'finalized', 'paid', 'void', 'uncollectible'] as const;
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number];

/** What an invoice is made for. */
export const INVOICE_REASONS = [
  'subscription_start',
  'subscription_change',
  'subscription_cycle',
  'usage',
  'refund',
  'manual',
] as const;
export type InvoiceReason = (typeof INVOICE_REASONS)[number];

export const LINE_KINDS = [
  'subscription',
  'proration',
  'api_calls',
  'feature',
  'token_shortfall',
  'adjustment',
  'manual',
  'refund',
] as const;
export type LineKind = (typeof LINE_KINDS)[number];

/** What a line's revenue is earned by. */
export const STREAM_OF: Record<LineKind, RevenueStream> = {
  subscription: 'subscriptions',
  proration: 'subscriptions',
  api_calls: 'api_calls',
  // Calls that were reported after their period.
  adjustment: 'api_calls',
  feature: 'features',
  token_shortfall: 'tokens',
  manual: 'other',
  // Of credit notes from before their lines kept the kind of what they correct.
  refund: 'other',
};

/** What an invoice keeps of the moment in which it was finalized. */
export interface InvoiceDetails {
  seller: DocumentParty;
  buyer: DocumentParty;
  /** Of the buyer: the days that a page names are those of this zone. */
  time_zone: string;
  notes: string[];
  discounts: { coupon_redemption_id: string; code: string; discount_cents: number }[];
}

/** A row of `invoices`. Amounts are in the minor unit of `currency`. */
export interface Invoice {
  tenant_id: string;
  invoice_id: string;
  seller_id: string;
  kind: 'invoice' | 'credit_note';
  reason: InvoiceReason;
  status: InvoiceStatus;
  /** Given in a second step, shortly after it is finalized. */
  number: string | null;
  subscription_id: string | null;
  period_id: string | null;
  currency: string;
  period_start: Date;
  period_end: Date;
  subtotal_cents: bigint;
  discount_cents: bigint;
  tax_behavior: TaxBehavior;
  tax_cents: bigint;
  /** Below zero it is customer credit. */
  total_cents: bigint;
  credit_applied_cents: bigint;
  amount_due_cents: bigint;
  /** What was paid and not lost to a dispute. */
  amount_paid_cents: bigint;
  amount_refunded_cents: bigint;
  /** What it keeps of when it was finalized; null for a draft. */
  details: InvoiceDetails | null;
  corrects_invoice_id: string | null;
  payment_attempts: number;
  next_payment_at: Date | null;
  last_payment_error: string | null;
  /** Of the dispute of its payment that is open, or else of the last that ended; null where there was none. */
  dispute_status: DisputeStatus | null;
  created_at: Date;
  finalized_at: Date | null;
  due_at: Date | null;
  paid_at: Date | null;
  ended_at: Date | null;
}

export const invoiceColumns = sql`tenant_id, invoice_id, seller_id, kind, reason, status, number, subscription_id,
  period_id, currency, period_start, period_end, subtotal_cents, discount_cents, tax_behavior, tax_cents, total_cents,
  credit_applied_cents, amount_due_cents, amount_paid_cents, amount_refunded_cents, details, corrects_invoice_id,
  payment_attempts, next_payment_at, last_payment_error, dispute_status, created_at, finalized_at, due_at, paid_at, ended_at`;

/** What is still owed of an invoice that is neither a draft nor void. */
export function owedOf({ amount_due_cents, amount_paid_cents }: Invoice): bigint {
  return amount_due_cents - amount_paid_cents;
}

/** A line to bill. `amount_cents` was rounded once, from what `explanation` shows. */
export interface DraftLine {
  kind: LineKind;
  description: string;
  quantity: bigint;
  amount_cents: bigint;
  starts_at: Date;
  ends_at: Date;
  /** Whether it is earned over its time rather than at once. */
  deferred: boolean;
  /** What it is about; the same thing is billed once. */
  source_key: string;
  explanation: { readonly [field: string]: Json };
}

/** A row of `invoice_lines`. */
export interface InvoiceLine extends DraftLine {
  invoice_id: string;
  line_no: number;
  discount_cents: bigint;
  /** A plain decimal. */
  tax_rate_percent: string;
  tax_name: string | null;
  tax_cents: bigint;
}

export const lineColumns = sql`invoice_id, line_no, kind, description, quantity::bigint as quantity, amount_cents,
  discount_cents, trim_scale(tax_rate_percent)::text as tax_rate_percent, tax_name, tax_cents, starts_at, ends_at,
  deferred, source_key, explanation`;

/** What a line is worth without tax, after its discount. */
export function netOf(
  line: Pick<InvoiceLine, 'amount_cents' | 'discount_cents' | 'tax_cents'>,
  behavior: TaxBehavior,
): bigint {
  const listed = line.amount_cents - line.discount_cents;
  return behavior === 'inclusive' ? listed - line.tax_cents : listed;
}
