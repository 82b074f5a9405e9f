import { sql } from 'kysely';
import { closePeriod, lockToClose } from '../billing/index.ts';
import { pinnedTier, tierOf } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { type NextDue, unschedule } from '../due-work/index.ts';
import {
  finalizeDraft,
  finalizeInvoice,
  type Invoice,
  invoiceColumns,
  issueInvoice,
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
  const period = await lockToClose(tx, tenant_id, period_id, now);
  if (period === undefined || period instanceof Date) return period;
  const { tier_pin } = period;
  const tier = tier_pin === null ? await tierOf(tx, tenant_id) : await pinnedTier(tx, tenant_id, tier_pin);
  const closed = await closePeriod(tx, tenant_id, period, tier, now);
  const { currency, parent_tenant_id } = await requireTenant(tx, tenant_id);
  const lines = await usageLines(tx, { tenant_id, currency, tier }, closed, context);
  const draft = await findRenewal(tx, tenant_id, closed.ends_at);
  if (draft !== undefined) {
    await finalizeDraft(tx, context, draft, lines);
    await unschedule(tx, tenant_id, 'invoice_finalization', draft.invoice_id);
  } else if (lines.some(({ amount_cents }) => amount_cents !== 0n)) {
    await issueInvoice(tx, context, {
      reason: 'usage',
      seller_id: parent_tenant_id ?? tenant_id,
      currency,
      subscription_id: null,
      period_id,
      period_start: closed.starts_at,
      period_end: closed.ends_at,
      lines,
    });
  }
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
