import { sql } from 'kysely';
import { closePeriod } from '../billing/index.ts';
import type { Tx } from '../db/index.ts';
import { type NextDue, unschedule } from '../due-work/index.ts';
import {
  addLines,
  draftInvoice,
  finalizeInvoice,
  type Invoice,
  invoiceColumns,
  usageLines,
} from '../invoices/index.ts';
import { requireTenant } from '../tenants/index.ts';
import type { SubscriptionContext } from './context.ts';

/**
 * Closes a billing period whose hour of grace is over and bills what it used: on the draft of the renewal that followed it,
 * or on an invoice of its own where there is none. Nothing to bill is no invoice. Handles its due work.
 */
export async function billPeriod(tx: Tx, context: SubscriptionContext, period_id: string): Promise<NextDue> {
  const { tenant_id, now } = context;
  const closed = await closePeriod(tx, tenant_id, period_id, now);
  if (closed === undefined || closed instanceof Date) return closed;
  const { currency, parent_tenant_id } = await requireTenant(tx, tenant_id);
  const lines = await usageLines(tx, { tenant_id, currency }, closed, context);
  const draft = await findRenewal(tx, tenant_id, closed.ends_at);
  if (draft !== undefined) {
    await addLines(tx, context, draft, lines);
    await finalizeDraft(tx, context, draft.invoice_id);
    return undefined;
  }
  if (lines.every(({ amount_cents }) => amount_cents === 0n)) return undefined;
  const invoice = await draftInvoice(tx, context, {
    reason: 'usage',
    seller_id: parent_tenant_id ?? tenant_id,
    currency,
    subscription_id: null,
    period_id,
    period_start: closed.starts_at,
    period_end: closed.ends_at,
    lines,
  });
  await finalizeInvoice(tx, context, invoice.invoice_id);
  return undefined;
}

/** The renewal's draft of the period that begins where another ended. */
async function findRenewal(tx: Tx, tenant_id: string, period_start: Date): Promise<Invoice | undefined> {
  const found = await sql<Invoice>`
    select ${invoiceColumns} from invoices
    where tenant_id = ${tenant_id} and reason = 'subscription_cycle' and status = 'draft' and period_start = ${period_start}
    for update`.execute(tx);
  return found.rows[0];
}

async function finalizeDraft(tx: Tx, context: SubscriptionContext, invoice_id: string): Promise<void> {
  await finalizeInvoice(tx, context, invoice_id);
  await unschedule(tx, context.tenant_id, 'invoice_finalization', invoice_id);
}

/** Finalizes a renewal's draft that nothing else has finalized; handles its due work. */
export async function finalizeDue(
  tx: Tx,
  context: SubscriptionContext,
  invoice_id: string,
): Promise<NextDue> {
  const found = await sql<Pick<Invoice, 'status'>>`
    select status from invoices where tenant_id = ${context.tenant_id} and invoice_id = ${invoice_id} for update`.execute(
    tx,
  );
  if (found.rows[0]?.status === 'draft') await finalizeInvoice(tx, context, invoice_id);
  return undefined;
}
