import { z } from 'zod';
import { refundPurchase } from '../../ai-tokens/index.ts';
import { fail } from '../../errors/index.ts';
import { numberInvoices, refundInvoicePayment } from '../../invoices/index.ts';
import { findTransaction, listTransactions, TRANSACTION_TYPES } from '../../ledger/index.ts';
import {
  currency,
  defineRoute,
  listOf,
  pageOf,
  text,
  timedListQuery,
  timeOut,
  total,
  uuid,
} from '../index.ts';

const transactionType = z.enum(TRANSACTION_TYPES);
const transactionStatus = z.enum(['pending', 'settled', 'failed']);

const transaction = z.strictObject({
  transaction_id: uuid,
  type: transactionType,
  status: transactionStatus,
  amount_cents: total,
  currency,
  tokens: total,
  balance_after: total.nullable().meta({ description: 'tokens_remaining after it, once it is settled.' }),
  external_transaction_id: z.string().nullable(),
  reverses_transaction_id: uuid.nullable(),
  invoice_id: uuid.nullable(),
  provider: z.string().nullable(),
  payment_method: z.string().nullable(),
  price_version: z.string().nullable(),
  reason: z.string().nullable(),
  failure_code: z.string().nullable(),
  failure_reason: z.string().nullable(),
  action_url: z.string().nullable().meta({ description: 'Where the owner of the card confirms it.' }),
  created_at: timeOut,
  settled_at: timeOut.nullable(),
});

const listTransactionsRoute = defineRoute({
  method: 'GET',
  path: '/transactions',
  operation_id: 'list_transactions',
  summary: 'The journal, newest first',
  description:
    'Purchases, grants, expiries and refunds. The use of tokens has its own list, GET /ai-tokens/usage.',
  tag: 'Billing',
  scope: 'read',
  mode: 'read',
  query: z.strictObject({
    ...timedListQuery,
    type: transactionType.optional(),
    status: transactionStatus.optional(),
  }),
  responses: { 200: listOf(transaction) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after, ...filter } }) => {
    const rows = await listTransactions(tx, tenant_id, { ...filter, after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.transaction_id }));
    const data = page.data.map(
      ({
        tenant_id: _tenant,
        book_version: _version,
        idempotency_key: _key,
        payment_customer: _customer,
        ...view
      }) => view,
    );
    return { status: 200, body: { data, next_cursor: page.next_cursor } };
  },
});

const refund = z.strictObject({
  transaction_id: uuid,
  reverses_transaction_id: uuid,
  external_transaction_id: z.string().nullable(),
  amount_cents: total,
  currency,
  tokens_refunded: total,
  reason: z.string().nullable(),
  status: z.literal('settled'),
  balance: total.meta({ description: 'tokens_remaining after the refund.' }),
});

const refundRoute = defineRoute({
  method: 'POST',
  path: '/refunds',
  operation_id: 'refund_transaction',
  summary: 'Refund a token purchase or the payment of an invoice, whole or in part',
  description:
    'Of a purchase up to the price of its tokens that are neither used nor held; without amount_cents, all of that. Tokens are taken back in proportion to all that was refunded, rounded up. Of the payment of an invoice, with an operator key, up to what was paid: it makes a credit note, and takes included tokens back in proportion as far as they are there.',
  tag: 'Billing',
  scope: 'write',
  mode: 'own',
  body: z.strictObject({
    transaction_id: uuid,
    amount_cents: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
    reason: text(500),
  }),
  responses: { 201: refund },
  errors: [
    'refund_too_large',
    'refund_not_possible',
    'transaction_pending',
    'payment_declined',
    'payments_unavailable',
    'operator_only',
  ],
  handler: async ({ services, tenant_id, caller: { operator }, body, idempotency }) => {
    const paid = await services.db.inTenant(tenant_id, (tx) =>
      findTransaction(tx, tenant_id, body.transaction_id),
    );
    if (paid?.type !== 'invoice_payment') {
      const answer = await refundPurchase(services, tenant_id, body, idempotency);
      return { status: 201, body: answer.body, replayed: answer.replayed };
    }
    if (!operator) fail('operator_only', 'The payment of an invoice is refunded with an operator key.');
    const answer = await refundInvoicePayment(services, services.invoice_refund, paid, body, idempotency);
    await numberInvoices(services.db);
    return { status: 201, body: answer.body, replayed: answer.replayed };
  },
});

export const billingRoutes = [listTransactionsRoute, refundRoute];
