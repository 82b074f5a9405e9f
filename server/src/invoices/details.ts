import type { BillingDetails } from '../billing-details/index.ts';
import { inOtherTenant, type Tx } from '../db/index.ts';
import { partyOf } from '../invoice-pdf/index.ts';
import { requireTenant } from '../tenants/index.ts';
import type { InvoiceDetails } from './invoice.ts';
import type { PricedLines } from './price-invoice.ts';

/** The parties, the notes and the discounts of an invoice that is being finalized. */
export async function detailsOf(tx: Tx, tenant_id: string, priced: PricedLines): Promise<InvoiceDetails> {
  return {
    seller: partyOf(priced.seller, await nameOf(tx, tenant_id, priced.seller)),
    buyer: partyOf(priced.buyer, await nameOf(tx, tenant_id, priced.buyer)),
    time_zone: priced.buyer.time_zone,
    notes: priced.notes,
    discounts: priced.discounts.map(({ redemption, discount_cents }) => ({
      coupon_redemption_id: redemption.coupon_redemption_id,
      code: redemption.code,
      discount_cents: Number(discount_cents),
    })),
  };
}

/** Of whoever has given no legal name, what it is called. */
async function nameOf(tx: Tx, acting_id: string, { tenant_id, legal_name }: BillingDetails): Promise<string> {
  if (legal_name !== null) return legal_name;
  return (await inOtherTenant(tx, acting_id, tenant_id, () => requireTenant(tx, tenant_id))).name;
}
