import { sql } from 'kysely';
import { type RefundAnswer, refundAnswer, stampBook } from '../ai-tokens/index.ts';
import type { Tx } from '../db/index.ts';
import { tellRefunded } from '../email/index.ts';
import { fail } from '../errors/index.ts';
import { reversedCents, settleTransaction, type Transaction } from '../ledger/index.ts';
import {
  askRepayment,
  claimIntent,
  type HeaderKey,
  type IntentContext,
  type IntentKind,
  type IntentServices,
  intentContext,
  openIntent,
  runIntent,
} from '../payment-intents/index.ts';
import type { OnceOnlyResult } from '../request-keys/index.ts';
import type { InvoiceContext } from './context.ts';
import { issueCreditNote } from './credit-note.ts';
import { moneyLine } from './entry-lines.ts';
import type { Invoice } from './invoice.ts';
import { lockInvoice } from './read-invoices.ts';

/** A refund of an invoice's payment. Without `amount_cents` all that was paid and not given back yet. */
export interface InvoiceRefundRequest {
  amount_cents?: number | undefined;
  reason: string;
}

/** What follows from a refund in the same transaction; `invoice` is as it was before. */
export type RefundHook = (
  tx: Tx,
  context: IntentContext,
  invoice: Invoice,
  amount_cents: bigint,
) => Promise<void>;

/** The refund of an invoice's payment: a credit note, and the money back. */
export function invoiceRefundIntent(
  contextOf: (context: IntentContext) => InvoiceContext,
  refunded: RefundHook,
): IntentKind<RefundAnswer> {
  return {
    type: 'invoice_refund',
    namespace: 'http:POST /refunds',
    ask: askRepayment,
    settle: async (tx, context, transaction, external_transaction_id) => {
      const { tenant_id, transaction_id, amount_cents, currency, reason } = transaction;
      const invoice = await lockInvoice(tx, tenant_id, invoiceOf(transaction));
      const own = contextOf(context);
      const credit = { invoice, transaction_id, amount_cents, reason: reason ?? 'refund' };
      const note = await issueCreditNote(tx, own, await stampBook(tx, own), credit);
      const stamp = await stampBook(tx, own);
      const lines = moneyLine('customer_credit', 'cash', currency, amount_cents);
      await settleTransaction(
        tx,
        tenant_id,
        transaction_id,
        external_transaction_id,
        stamp,
        lines,
        context.newId,
      );
      await sql`
        update invoices set amount_refunded_cents = amount_refunded_cents + ${amount_cents}::bigint
        where tenant_id = ${tenant_id} and invoice_id = ${invoice.invoice_id}`.execute(tx);
      await refunded(tx, context, invoice, amount_cents);
      await tellRefunded(tx, context, transaction, credit.reason, note.invoice_id);
    },
    // Nothing was reserved but the amount itself, and that is counted from what is pending.
    giveUp: async () => undefined,
    answer: refundAnswer,
  };
}

function invoiceOf({ transaction_id, invoice_id }: Transaction): string {
  if (invoice_id === null) throw new Error(`refund ${transaction_id} names no invoice`);
  return invoice_id;
}

/**
 * Pays back an invoice's payment, whole or in part, with a credit note: what was neither paid back nor lost to a dispute,
 * and nothing while one is open. Fails with `transaction_pending`, `refund_too_large`, and as runIntent() does.
 */
export async function refundInvoicePayment(
  services: IntentServices,
  kind: IntentKind<RefundAnswer>,
  payment: Transaction,
  request: InvoiceRefundRequest,
  header: HeaderKey | undefined,
): Promise<OnceOnlyResult<RefundAnswer>> {
  const { tenant_id } = payment;
  const claim = await services.db.inTenant(tenant_id, (tx) => {
    const context = intentContext(services, tenant_id);
    const begin = (transaction_id: string) =>
      beginRefund(tx, context, payment, request, transaction_id, header);
    return claimIntent<RefundAnswer>(tx, context, header, begin);
  });
  return 'answer' in claim ? claim.answer : runIntent(services, kind, tenant_id, claim.transaction_id);
}

async function beginRefund(
  tx: Tx,
  context: IntentContext,
  payment: Transaction,
  request: InvoiceRefundRequest,
  transaction_id: string,
  header: HeaderKey | undefined,
): Promise<void> {
  if (payment.status !== 'settled')
    fail('transaction_pending', `transaction ${payment.transaction_id} has not settled`);
  const invoice = await lockInvoice(tx, payment.tenant_id, invoiceOf(payment));
  if (invoice.dispute_status === 'needs_response' || invoice.dispute_status === 'under_review')
    fail('transaction_pending', `the payment of invoice ${invoice.invoice_id} is disputed`);
  const refundable_cents = await refundableOf(tx, invoice, payment);
  const amount_cents = request.amount_cents === undefined ? refundable_cents : BigInt(request.amount_cents);
  if (amount_cents === 0n || amount_cents > refundable_cents)
    fail('refund_too_large', `${refundable_cents} cents of the invoice can be paid back`, {
      refundable_cents,
    });
  await openIntent(tx, context, {
    transaction_id,
    type: 'invoice_refund',
    reverses_transaction_id: payment.transaction_id,
    invoice_id: invoice.invoice_id,
    amount_cents,
    currency: payment.currency,
    provider: payment.provider,
    external_transaction_id: payment.external_transaction_id,
    idempotency_key: header?.key ?? null,
    reason: request.reason,
    created_at: context.now,
  });
}

/** What of a payment a provider can still give back, of what is paid of its locked invoice and not on its way back. */
async function refundableOf(tx: Tx, invoice: Invoice, payment: Transaction): Promise<bigint> {
  const { tenant_id, invoice_id, amount_paid_cents, amount_refunded_cents } = invoice;
  const found = await sql<{ pending_cents: bigint }>`
    select coalesce(sum(amount_cents), 0)::bigint as pending_cents from billing_transactions
    where tenant_id = ${tenant_id} and invoice_id = ${invoice_id} and type = 'invoice_refund' and status = 'pending'`.execute(
    tx,
  );
  const of_invoice = amount_paid_cents - amount_refunded_cents - (found.rows[0]?.pending_cents ?? 0n);
  const of_payment = payment.amount_cents - (await reversedCents(tx, payment, ['settled', 'pending']));
  const refundable = of_invoice < of_payment ? of_invoice : of_payment;
  return refundable > 0n ? refundable : 0n;
}
