import { bookContext, stampBook, type TokenServices } from '../ai-tokens/index.ts';
import type { Tx } from '../db/index.ts';
import { findTransaction, postTransaction, reversedCents, type Transaction } from '../ledger/index.ts';
import { askRepayment } from '../payment-intents/index.ts';
import { type Declined, type NewsHandler, withDeadline } from '../payments/index.ts';
import { changeCredit } from './customer-credit.ts';
import { moneyLine } from './entry-lines.ts';

/**
 * Hears of refunds that failed after they had succeeded, as where the account of the payer was closed. The provider is
 * asked how the refund stands; one that is still pending here is left to whoever pursues it. Heard before that one.
 */
export function hearFailedRefunds(services: TokenServices): NewsHandler {
  return async (news, provider) => {
    if (news.kind !== 'refund_updated') return;
    const { tenant_id, transaction_id } = news;
    const refund = await services.db.inTenant(tenant_id, async (tx) => {
      const found = await findTransaction(tx, tenant_id, transaction_id);
      return found && isRefund(found, provider) && !(await isCredited(tx, found)) ? found : undefined;
    });
    if (refund === undefined) return;
    const now = services.clock.now(tenant_id);
    const result = await withDeadline(
      (signal) => askRepayment(services.payments, refund, signal, now),
      services.payments?.deadline_ms,
    );
    if (result.status !== 'declined') return;
    await services.db.inTenant(tenant_id, (tx) => creditFailedRefund(tx, services, refund, result));
  };
}

function isRefund({ type, status, provider }: Transaction, told_by: string): boolean {
  return (type === 'refund' || type === 'invoice_refund') && status === 'settled' && provider === told_by;
}

async function isCredited(tx: Tx, refund: Transaction): Promise<boolean> {
  return (await reversedCents(tx, refund, ['settled'])) > 0n;
}

/**
 * Books the money of a failed refund as it is: back with the operator, and owed to the customer, as credit for its next
 * invoices. What the refund did beside stays: its credit note, and tokens that were taken back. Once, under the
 * lock of the book: the row of what has settled is locked by nobody.
 */
async function creditFailedRefund(
  tx: Tx,
  services: TokenServices,
  refund: Transaction,
  { decline_code, reason }: Declined,
): Promise<void> {
  const { tenant_id, amount_cents, currency, provider, external_transaction_id, invoice_id } = refund;
  const context = bookContext(services, tenant_id);
  const stamp = await stampBook(tx, context);
  if (await isCredited(tx, refund)) return;
  await postTransaction(
    tx,
    tenant_id,
    {
      transaction_id: context.newId(context.now),
      type: 'customer_credit',
      reverses_transaction_id: refund.transaction_id,
      amount_cents,
      currency,
      provider,
      external_transaction_id,
      invoice_id,
      reason: `the refund failed (${decline_code}): ${reason}`.slice(0, 500),
      created_at: stamp.at,
    },
    stamp,
    moneyLine('cash', 'customer_credit', currency, amount_cents),
    context.newId,
  );
  await changeCredit(tx, tenant_id, amount_cents);
}
