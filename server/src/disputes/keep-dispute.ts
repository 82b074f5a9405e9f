import { loseDisputed, secureDisputed, winDisputed } from '../ai-tokens/index.ts';
import type { Clock } from '../clock/index.ts';
import type { Database, Tx } from '../db/index.ts';
import {
  type Invoice,
  lockInvoice,
  noteDispute,
  type PaymentHooks,
  reversePayment,
} from '../invoices/index.ts';
import { findTransaction, lockPending, type Transaction } from '../ledger/index.ts';
import type { DisputeState, NewsHandler } from '../payments/index.ts';
import {
  type Dispute,
  disputedCents,
  insertDispute,
  invoiceDisputeStatus,
  lockDispute,
  moveDispute,
} from './store.ts';

/** What keeping disputes needs. */
export interface DisputeServices {
  db: Pick<Database, 'inTenant'>;
  clock: Clock;
  newId(at: Date): string;
  /** What follows where a payment of an invoice is lost. */
  payment_hooks: Pick<PaymentHooks, 'lost'>;
}

/** Keeps disputes as their provider tells of them. */
export function hearDisputeNews(services: DisputeServices): NewsHandler {
  return async (news, provider) => {
    if (news.kind !== 'dispute_opened' && news.kind !== 'dispute_closed') return;
    const { tenant_id, dispute } = news;
    await services.db.inTenant(tenant_id, (tx) => keepDispute(tx, services, tenant_id, provider, dispute));
  };
}

/**
 * Brings a dispute to how its provider has it now: opens one that is new, moves one that is open, ends it once. One that
 * has ended stays as it is, and one about a payment that is not here is none of ours.
 */
export async function keepDispute(
  tx: Tx,
  services: Omit<DisputeServices, 'db'>,
  tenant_id: string,
  provider: string,
  state: DisputeState,
): Promise<void> {
  const now = services.clock.now(tenant_id);
  const context = { tenant_id, now, newId: services.newId };
  const known = await lockDispute(tx, tenant_id, provider, state.external_id);
  const dispute = known ?? (await open(tx, context, provider, state));
  if (dispute === undefined || dispute.closed_at !== null) return;
  const { status } = state;
  const ended = status === 'won' || status === 'lost';
  await moveDispute(tx, dispute, status, ended ? now : null);
  const reversal = await lockPending(tx, tenant_id, dispute.reversal_transaction_id ?? '');
  if (reversal === undefined) throw new Error(`the reversal of dispute ${dispute.dispute_id} is not pending`);
  const invoice = await invoiceOf(tx, reversal);
  if (invoice)
    await noteDispute(tx, invoice, (await invoiceDisputeStatus(tx, tenant_id, invoice.invoice_id)) ?? status);
  if (status === 'won') await winDisputed(tx, context, reversal);
  if (status !== 'lost') return;
  await loseDisputed(tx, context, reversal, dispute.secured_cents);
  if (invoice && dispute.amount_cents > 0n)
    await services.payment_hooks.lost(
      tx,
      context,
      await reversePayment(tx, invoice, dispute.amount_cents, now),
    );
}

/** The invoice that a transaction is about, locked; its row comes before the book. */
async function invoiceOf(
  tx: Tx,
  { tenant_id, invoice_id }: Pick<Transaction, 'tenant_id' | 'invoice_id'>,
): Promise<Invoice | undefined> {
  return invoice_id === null ? undefined : await lockInvoice(tx, tenant_id, invoice_id);
}

async function open(
  tx: Tx,
  context: { tenant_id: string; now: Date; newId(at: Date): string },
  provider: string,
  state: DisputeState,
): Promise<Dispute | undefined> {
  const { tenant_id, now, newId } = context;
  const payment = await findTransaction(tx, tenant_id, state.transaction_id);
  if (!isOurs(payment, provider)) return undefined;
  await invoiceOf(tx, payment);
  // At most what was paid is taken back, once: fees and differences of exchange are between provider and operator.
  const undisputed = payment.amount_cents - (await disputedCents(tx, payment));
  const amount_cents = state.amount_cents < undisputed ? state.amount_cents : undisputed;
  const { external_id, reason } = state;
  const reversal_transaction_id = newId(now);
  const reversal = { transaction_id: reversal_transaction_id, amount_cents, external_id, reason };
  const secured_cents = await secureDisputed(tx, context, payment, reversal);
  const dispute: Dispute = {
    ...state,
    tenant_id,
    dispute_id: newId(now),
    provider,
    amount_cents,
    currency: payment.currency,
    reversal_transaction_id,
    secured_cents,
    // Also where it has ended by now: its end is booked as one.
    status: 'needs_response',
    opened_at: now,
    closed_at: null,
  };
  await insertDispute(tx, dispute);
  return dispute;
}

function isOurs(payment: Transaction | undefined, provider: string): payment is Transaction {
  const takes_money = payment?.type === 'token_purchase' || payment?.type === 'invoice_payment';
  return takes_money && payment.provider === provider && payment.status === 'settled';
}
