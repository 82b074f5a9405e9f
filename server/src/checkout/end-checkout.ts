import type { Tx } from '../db/index.ts';
import type { OwnHandler } from '../due-work/index.ts';
import { findTransaction } from '../ledger/index.ts';
import { insertPaymentMethod, type MethodServices, requireProvider } from '../payment-methods/index.ts';
import { type CardDetails, type CheckoutState, type NewsHandler, withDeadline } from '../payments/index.ts';
import { type Checkout, endCheckout, findCheckout } from './store.ts';

/**
 * Asks how a checkout stands and keeps it: the card that was saved on it, or that nobody used it. One that is unknown
 * or has ended stays as it is. Fails with `payments_unavailable`. What is bought ends as its intent does.
 */
export async function pursueCheckout(
  services: MethodServices,
  tenant_id: string,
  checkout_id: string,
): Promise<void> {
  const now = services.clock.now(tenant_id);
  const found = await services.db.inTenant(tenant_id, (tx) => findCheckout(tx, tenant_id, checkout_id));
  if (found?.status !== 'open' || found.external_id === null) return;
  const { external_id, purpose } = found;
  const is_over = now >= found.expires_at;
  if (purpose === 'token_purchase') {
    await services.db.inTenant(tenant_id, (tx) => endWithPurchase(tx, found, is_over, now));
    return;
  }
  const payments = requireProvider(services.payments);
  const state = await withDeadline(
    (signal) => payments.readCheckout({ external_id, is_over }, signal),
    payments.deadline_ms,
  );
  await services.db.inTenant(tenant_id, (tx) => keepState(tx, services, found, state, now));
}

async function endWithPurchase(tx: Tx, checkout: Checkout, is_over: boolean, now: Date): Promise<void> {
  const purchase = await findTransaction(tx, checkout.tenant_id, checkout.checkout_id);
  if (purchase?.status === 'settled') await endCheckout(tx, checkout, 'completed', now);
  else if (is_over) await endCheckout(tx, checkout, 'expired', now);
}

async function keepState(
  tx: Tx,
  services: Pick<MethodServices, 'newId'>,
  checkout: Checkout,
  state: CheckoutState,
  now: Date,
): Promise<void> {
  if (state.status === 'completed') await keepSavedCard(tx, services, checkout, state.card, now);
  else if (state.status === 'expired') await endCheckout(tx, checkout, 'expired', now);
}

/** Saves the card of a checkout, once: under the lock of its row, and only while it is open. */
export async function keepSavedCard(
  tx: Tx,
  { newId }: Pick<MethodServices, 'newId'>,
  { tenant_id, checkout_id, provider }: Checkout,
  card: CardDetails,
  now: Date,
): Promise<void> {
  const locked = await findCheckout(tx, tenant_id, checkout_id, 'lock');
  if (locked?.status !== 'open') return;
  const row = { tenant_id, payment_method_id: newId(now), provider, created_at: now, ...card };
  await insertPaymentMethod(tx, row, false);
  await endCheckout(tx, locked, 'completed', now);
}

/** Asks about a checkout when its page is over, should its news be lost. */
export function checkoutDueHandler(services: MethodServices): OwnHandler {
  return {
    kind: 'payment_checkout',
    runOwn: async ({ tenant_id, ref_id }): Promise<undefined> => {
      await pursueCheckout(services, tenant_id, ref_id);
    },
  };
}

/** Looks at a checkout that its provider has news of; after the intents, which know whether it was paid. */
export function hearCheckoutNews(services: MethodServices): NewsHandler {
  return async (news) => {
    if (news.kind === 'checkout_completed') await pursueCheckout(services, news.tenant_id, news.checkout_id);
  };
}
