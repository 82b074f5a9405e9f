import { z } from 'zod';
import type { Tx } from '../../db/index.ts';
import { fail } from '../../errors/index.ts';
import {
  beginPayment,
  drawInvoice,
  finalizeInvoice,
  INVOICE_REASONS,
  INVOICE_STATUSES,
  type Invoice,
  type InvoiceLine,
  LINE_KINDS,
  linesOf,
  listInvoices,
  lockInvoice,
  numberInvoices,
  recordInvoicePayment,
  requireInvoice,
  voidInvoice,
  writeOffInvoice,
} from '../../invoices/index.ts';
import { payOnce } from '../../payment-intents/index.ts';
import { DISPUTE_STATUSES } from '../../payments/index.ts';
import { subscriptionContext } from '../../subscriptions/index.ts';
import {
  currency,
  defineRoute,
  fileAnswer,
  listOf,
  pageOf,
  requestKey,
  signedTotal,
  text,
  timedListQuery,
  timeOut,
  total,
  uuid,
} from '../index.ts';

const tag = 'Billing';

const line = z.strictObject({
  line_no: z.int(),
  kind: z.enum(LINE_KINDS),
  description: z.string(),
  quantity: signedTotal.meta({ description: 'Below zero where an adjustment takes usage back.' }),
  amount_cents: signedTotal,
  discount_cents: total,
  tax_rate_percent: z.string(),
  tax_name: z.string().nullable(),
  tax_cents: signedTotal,
  starts_at: timeOut,
  ends_at: timeOut,
  explanation: z.looseObject({}).meta({ description: 'How the amount came about: prices, versions, steps.' }),
});

const party = z.strictObject({
  name: z.string(),
  email: z.string().nullable(),
  address: z.array(z.string()),
  country: z.string().nullable(),
  tax_id: z.string().nullable(),
});

const details = z.strictObject({
  seller: party,
  buyer: party,
  time_zone: z.string(),
  notes: z.array(z.string()),
  discounts: z.array(z.strictObject({ coupon_redemption_id: uuid, code: z.string(), discount_cents: total })),
});

const invoice = z.strictObject({
  invoice_id: uuid,
  number: z.string().nullable().meta({ description: 'Given shortly after it is finalized, without gaps.' }),
  kind: z.enum(['invoice', 'credit_note']),
  reason: z.enum(INVOICE_REASONS),
  status: z.enum(INVOICE_STATUSES),
  subscription_id: uuid.nullable(),
  currency,
  period_start: timeOut,
  period_end: timeOut,
  subtotal_cents: signedTotal,
  discount_cents: total,
  tax_behavior: z.enum(['exclusive', 'inclusive']),
  tax_cents: signedTotal,
  total_cents: signedTotal.meta({ description: 'Below zero it became customer credit.' }),
  credit_applied_cents: total,
  amount_due_cents: total,
  amount_paid_cents: total.meta({ description: 'Without what was lost to a dispute.' }),
  amount_refunded_cents: total,
  payment_attempts: total,
  next_payment_at: timeOut.nullable(),
  last_payment_error: z.string().nullable(),
  dispute_status: z.enum(DISPUTE_STATUSES).nullable().meta({
    description:
      'Of the dispute of its payment that is open, or else of the last that ended. What is lost is owed again: the invoice is uncollectible until it is paid.',
  }),
  details: details.nullable().meta({ description: 'Seller and buyer as they were when it was finalized.' }),
  corrects_invoice_id: uuid.nullable(),
  created_at: timeOut,
  finalized_at: timeOut.nullable(),
  due_at: timeOut.nullable(),
  paid_at: timeOut.nullable(),
  ended_at: timeOut.nullable(),
  lines: z.array(line),
});

function view(row: Invoice, lines: readonly InvoiceLine[]) {
  const { tenant_id: _tenant, seller_id: _seller, period_id: _period, ...shown } = row;
  return {
    ...shown,
    lines: lines.map(
      ({ invoice_id: _invoice, deferred: _deferred, source_key: _key, ...of_line }) => of_line,
    ),
  };
}

async function viewOf(tx: Tx, tenant_id: string, row: Invoice) {
  return view(row, (await linesOf(tx, tenant_id, [row.invoice_id])).get(row.invoice_id) ?? []);
}

const params = z.strictObject({ invoice_id: uuid });

const listRoute = defineRoute({
  method: 'GET',
  path: '/invoices',
  operation_id: 'list_invoices',
  summary: 'The invoices of the tenant, newest first',
  tag,
  scope: 'read',
  mode: 'read',
  query: z.strictObject({ ...timedListQuery, status: z.enum(INVOICE_STATUSES).optional() }),
  responses: { 200: listOf(invoice) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after, ...filter } }) => {
    const rows = await listInvoices(tx, tenant_id, { ...filter, after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.invoice_id }));
    const lines = await linesOf(
      tx,
      tenant_id,
      page.data.map(({ invoice_id }) => invoice_id),
    );
    const data = page.data.map((row) => view(row, lines.get(row.invoice_id) ?? []));
    return { status: 200, body: { data, next_cursor: page.next_cursor } };
  },
});

const getRoute = defineRoute({
  method: 'GET',
  path: '/invoices/:invoice_id',
  operation_id: 'get_invoice',
  summary: 'One invoice',
  description: 'As JSON, or with Accept: application/pdf as the page that its buyer gets.',
  tag,
  scope: 'read',
  mode: 'own',
  also_answers: ['application/pdf'],
  params,
  responses: { 200: invoice },
  handler: async ({ services, tenant_id, accepted, params: { invoice_id } }) => {
    if (accepted === 'application/pdf') {
      const bytes = await drawInvoice(services.db, subscriptionContext(services, tenant_id), invoice_id);
      return fileAnswer(bytes);
    }
    const body = await services.db.inTenant(tenant_id, async (tx) =>
      viewOf(tx, tenant_id, await requireInvoice(tx, tenant_id, invoice_id)),
    );
    return { status: 200, body };
  },
});

const finalizeRoute = defineRoute({
  method: 'POST',
  path: '/invoices/:invoice_id/finalize',
  operation_id: 'finalize_invoice',
  summary: 'Finalize a draft before its time',
  description:
    'From then on it is owed and does not change; what its period still uses stands on the next one.',
  tag,
  scope: 'write',
  mode: 'write',
  operator_only: true,
  params,
  responses: { 200: invoice },
  errors: ['invoice_not_draft'],
  handler: async ({ tx, services, tenant_id, params: { invoice_id } }) => {
    const finalized = await finalizeInvoice(tx, subscriptionContext(services, tenant_id), invoice_id);
    return { status: 200, body: await viewOf(tx, tenant_id, finalized) };
  },
});

const payRoute = defineRoute({
  method: 'POST',
  path: '/invoices/:invoice_id/pay',
  operation_id: 'pay_invoice',
  summary: 'Pay an invoice now',
  description:
    'With a payment method, the default one where none is named. transaction_id asserts a payment made elsewhere, as by bank transfer, and takes an operator key. A paid one answers as it is.',
  tag,
  scope: 'write',
  mode: 'own',
  exempt: true,
  params,
  body: z.strictObject({ payment_method: text(255).optional(), transaction_id: requestKey.optional() }),
  body_optional: true,
  responses: { 200: invoice },
  errors: ['invoice_not_payable', 'payment_declined', 'payments_unavailable', 'operator_only'],
  handler: async ({ services, tenant_id, caller, params: { invoice_id }, body, idempotency }) => {
    if (body.transaction_id !== undefined && !caller.operator)
      fail(
        'operator_only',
        'transaction_id asserts a payment made elsewhere, which only an operator key may do',
      );
    const answer = await payOnce(services, services.invoice_payment, tenant_id, idempotency, {
      status: 200,
      begin: async (tx) => {
        const row = await lockInvoice(tx, tenant_id, invoice_id);
        if (row.status === 'paid') return { payment: undefined };
        const context = subscriptionContext(services, tenant_id);
        if (body.transaction_id !== undefined) {
          await recordInvoicePayment(tx, context, services.payment_hooks, invoice_id, body.transaction_id);
          return { payment: undefined };
        }
        const { payment_method } = body;
        return { payment: await beginPayment(tx, context, services.payments, row, payment_method) };
      },
      view: async (tx) => await viewOf(tx, tenant_id, await requireInvoice(tx, tenant_id, invoice_id)),
    });
    await numberInvoices(services.db);
    return { status: 200, body: answer.body, replayed: answer.replayed };
  },
});

const voidRoute = defineRoute({
  method: 'POST',
  path: '/invoices/:invoice_id/void',
  operation_id: 'void_invoice',
  summary: 'Take an unpaid invoice back',
  description: 'As if it had never been owed. What it billed can be billed again.',
  tag,
  scope: 'write',
  mode: 'write',
  operator_only: true,
  params,
  responses: { 200: invoice },
  errors: ['invoice_not_voidable', 'invoice_being_paid'],
  handler: async ({ tx, services, tenant_id, params: { invoice_id } }) => {
    const ended = await voidInvoice(tx, subscriptionContext(services, tenant_id), invoice_id);
    return { status: 200, body: await viewOf(tx, tenant_id, ended) };
  },
});

const writeOffRoute = defineRoute({
  method: 'POST',
  path: '/invoices/:invoice_id/uncollectible',
  operation_id: 'write_off_invoice',
  summary: 'Give up what is owed on an invoice',
  description: 'It counts as written off. A payment that comes later is taken.',
  tag,
  scope: 'write',
  mode: 'write',
  operator_only: true,
  params,
  responses: { 200: invoice },
  errors: ['invoice_not_payable', 'invoice_being_paid'],
  handler: async ({ tx, services, tenant_id, params: { invoice_id } }) => {
    const ended = await writeOffInvoice(tx, subscriptionContext(services, tenant_id), invoice_id);
    return { status: 200, body: await viewOf(tx, tenant_id, ended) };
  },
});

export const invoiceRoutes = [listRoute, getRoute, finalizeRoute, payRoute, voidRoute, writeOffRoute];
