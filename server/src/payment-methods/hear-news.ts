import { TallystickError } from '../errors/index.ts';
import type { NewsHandler } from '../payments/index.ts';
import type { MethodServices } from './save-method.ts';
import { findCustomer, insertPaymentMethod } from './store.ts';

/** Keeps a card that was saved at the provider, by a checkout or by hand, with the customer that is the tenant's. */
export function hearMethodNews(services: Omit<MethodServices, 'payments'>): NewsHandler {
  const { db, clock, newId } = services;
  return async (news, provider) => {
    if (news.kind !== 'method_attached') return;
    const { tenant_id, payment_customer, card } = news;
    const created_at = clock.now(tenant_id);
    const row = { tenant_id, payment_method_id: newId(created_at), provider, created_at, ...card };
    try {
      await db.inTenant(tenant_id, async (tx) => {
        if ((await findCustomer(tx, tenant_id, provider)) !== payment_customer) return;
        await insertPaymentMethod(tx, row, false);
      });
    } catch (error) {
      // There is nobody to tell that a tenant has too many, and trying again would not help.
      if (!(error instanceof TallystickError && error.code === 'payment_methods_too_many')) throw error;
    }
  };
}
