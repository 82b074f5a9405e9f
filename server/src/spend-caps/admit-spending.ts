import type { AdmitSpending } from '../ai-tokens/index.ts';
import type { UsagePriceDefaults } from '../invoices/index.ts';
import { capReached, isNewlyReached, lockCaps, noteReached } from './caps.ts';
import { readSpending } from './spending.ts';

/**
 * Lets a purchase in unless it would pass a cap that blocks. The caps stay locked until the purchase is committed as an
 * intent, so what is let in together never passes one. A tenant without caps pays one statement for it.
 */
export function spendingAdmission(prices: UsagePriceDefaults): AdmitSpending {
  return async (tx, { tenant_id, now }, amount_cents) => {
    const caps = await lockCaps(tx, tenant_id);
    if (caps.length === 0) return;
    const { spent_cents, period } = await readSpending(tx, prices, { tenant_id, now });
    const would_be_cents = spent_cents + amount_cents;
    const passed = caps.find(({ action, limit_cents }) => action === 'block' && would_be_cents > limit_cents);
    if (passed !== undefined) throw capReached(passed, spent_cents, would_be_cents);
    const after = { spent_cents: would_be_cents, period };
    if (caps.some((cap) => isNewlyReached(cap, after))) await noteReached(tx, tenant_id, after, now);
  };
}
