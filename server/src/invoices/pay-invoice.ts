import { sql } from 'kysely';
import { stampBook, type TokenServices } from '../ai-tokens/index.ts';
import type { Tx } from '../db/index.ts';
import { tellPaid } from '../email/index.ts';
import { fail } from '../errors/index.ts';
import { postTransaction, settleTransaction, type Transaction } from '../ledger/index.ts';
import { askCharge, type IntentContext, type IntentKind, openIntent } from '../payment-intents/index.ts';
import { methodToCharge } from '../payment-methods/index.ts';
import { moneyLine } from './entry-lines.ts';
import { type Invoice, invoiceColumns, owedOf } from './invoice.ts';
import { lockInvoice } from './read-invoices.ts';

/** What follows in the same transaction from an invoice's payment, from one that was declined, and from one that was lost. */
export interface PaymentHooks {
  paid(tx: Tx, context: IntentContext, invoice: Invoice): Promise<void>;
  /** `reason` is the provider's. */
  declined(tx: Tx, context: IntentContext, invoice: Invoice, reason: string): Promise<void>;
  lost(tx: Tx, context: IntentContext, invoice: Invoice): Promise<void>;
}

/** The payment of an invoice by the provider. */
export function invoicePaymentIntent(hooks: PaymentHooks): IntentKind<Transaction> {
  return {
    type: 'invoice_payment',
    namespace: 'http:POST /invoices/:invoice_id/pay',
    ask: askCharge,
    settle: async (tx, context, transaction, external_transaction_id) => {
      const { tenant_id, transaction_id } = transaction;
      const invoice = await lockInvoice(tx, tenant_id, invoiceOf(transaction));
      const stamp = await stampBook(tx, { ...context, known_features: new Set() });
      const lines = paymentLines(invoice, transaction.amount_cents);
      await settleTransaction(
        tx,
        tenant_id,
        transaction_id,
        external_transaction_id,
        stamp,
        lines,
        context.newId,
      );
      await notePayment(tx, context, hooks, invoice, transaction);
    },
    giveUp: async (tx, context, transaction, { reason }) => {
      const invoice = await lockInvoice(tx, transaction.tenant_id, invoiceOf(transaction));
      await hooks.declined(tx, context, invoice, reason);
    },
    answer: (transaction) => transaction,
  };
}

function invoiceOf(transaction: Transaction): string {
  if (transaction.invoice_id === null)
    throw new Error(`payment ${transaction.transaction_id} names no invoice`);
  return transaction.invoice_id;
}

/** Money for what is receivable, or for what was given up already. */
function paymentLines(invoice: Invoice, amount_cents: bigint) {
  const owed = invoice.status === 'uncollectible' ? 'written_off' : 'receivable';
  return moneyLine('cash', owed, invoice.currency, amount_cents);
}

/**
 * Counts a payment of a locked invoice, with its receipt. It is paid unless more of it was lost to a dispute while that was
 * under way. Whether there is an address for the receipt comes with the invoice, so that nobody without costs a statement.
 */
async function notePayment(
  tx: Tx,
  context: IntentContext,
  hooks: PaymentHooks,
  invoice: Invoice,
  payment: Pick<Transaction, 'transaction_id' | 'amount_cents'>,
): Promise<Invoice> {
  requirePayable(invoice);
  const { tenant_id, invoice_id } = invoice;
  const is_paid = payment.amount_cents === owedOf(invoice);
  const paid = is_paid
    ? sql`, status = 'paid', paid_at = ${context.now}, next_payment_at = null, last_payment_error = null, ended_at = null`
    : sql``;
  const noted = await sql<Invoice & { billing_email: string | null }>`
    update invoices set amount_paid_cents = amount_paid_cents + ${payment.amount_cents}::bigint ${paid}
    where tenant_id = ${tenant_id} and invoice_id = ${invoice_id}
    returning ${invoiceColumns},
      (select email from billing_details b where b.tenant_id = invoices.tenant_id) as billing_email`.execute(
    tx,
  );
  const { billing_email, ...after } = noted.rows[0] ?? fail('not_found', 'No such invoice.');
  if (billing_email !== null)
    await tellPaid(tx, context, { ...payment, currency: invoice.currency }, { invoice_id });
  if (is_paid) await hooks.paid(tx, context, after);
  return after;
}

/**
 * Begins the payment of an invoice, or joins the one under way; answers the id of its transaction. Fails with
 * `invoice_not_payable`, `payment_method_missing`, `not_found` (the method), or `payments_unavailable` where this server
 * takes no money.
 */
export async function beginPayment(
  tx: Tx,
  context: IntentContext,
  payments: TokenServices['payments'],
  invoice: Invoice,
  named_method?: string,
): Promise<string> {
  requirePayable(invoice);
  const { tenant_id, now } = context;
  const under_way = await sql<{ transaction_id: string }>`
    select transaction_id from billing_transactions
    where tenant_id = ${tenant_id} and invoice_id = ${invoice.invoice_id} and type = 'invoice_payment' and status = 'pending'`.execute(
    tx,
  );
  if (under_way.rows[0] !== undefined) return under_way.rows[0].transaction_id;
  const provider =
    payments ??
    fail(
      'payments_unavailable',
      'this server has no payment provider; an operator can record payments made elsewhere',
    );
  const transaction_id = context.newId(now);
  await openIntent(tx, context, {
    transaction_id,
    type: 'invoice_payment',
    amount_cents: owedOf(invoice),
    currency: invoice.currency,
    provider: provider.name,
    ...(await methodToCharge(tx, provider, tenant_id, named_method)),
    invoice_id: invoice.invoice_id,
    created_at: now,
  });
  return transaction_id;
}

function requirePayable(invoice: Invoice): void {
  if (invoice.status === 'finalized' || invoice.status === 'uncollectible') return;
  fail('invoice_not_payable', `The invoice is ${invoice.status}.`);
}

/** Books a payment that was made elsewhere, as by bank transfer. Fails with `not_found` or `invoice_not_payable`. */
export async function recordInvoicePayment(
  tx: Tx,
  context: IntentContext,
  hooks: PaymentHooks,
  invoice_id: string,
  external_transaction_id: string,
): Promise<Invoice> {
  const { tenant_id } = context;
  const invoice = await lockInvoice(tx, tenant_id, invoice_id);
  requirePayable(invoice);
  const stamp = await stampBook(tx, { ...context, known_features: new Set() });
  const { currency } = invoice;
  const amount_cents = owedOf(invoice);
  const transaction_id = context.newId(context.now);
  await postTransaction(
    tx,
    tenant_id,
    {
      transaction_id,
      type: 'invoice_payment',
      amount_cents,
      currency,
      external_transaction_id,
      invoice_id,
      created_at: stamp.at,
    },
    stamp,
    paymentLines(invoice, amount_cents),
    context.newId,
  );
  return await notePayment(tx, context, hooks, invoice, { transaction_id, amount_cents });
}
