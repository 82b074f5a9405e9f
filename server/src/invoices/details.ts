import type { BillingDetails } from '../billing-details/index.ts';
import type { Tx } from '../db/index.ts';
import { partyOf } from '../invoice-pdf/index.ts';
import { tenantNames } from '../tenants/index.ts';
import type { InvoiceDetails } from './invoice.ts';
import type { PricedLines } from './price-invoice.ts';

/** The parties, the notes and the discounts of an invoice that is being finalized. */
export async function detailsOf(tx: Tx, tenant_id: string, priced: PricedLines): Promise<InvoiceDetails> {
  const { seller, buyer } = priced;
  const names = await namesOf(tx, tenant_id, [seller, buyer]);
  return {
    seller: partyOf(seller, names.get(seller.tenant_id) ?? ''),
    buyer: partyOf(buyer, names.get(buyer.tenant_id) ?? ''),
    time_zone: buyer.time_zone,
    notes: priced.notes,
    discounts: priced.discounts.map(({ redemption, discount_cents }) => ({
      coupon_redemption_id: redemption.coupon_redemption_id,
      code: redemption.code,
      discount_cents: Number(discount_cents),
    })),
  };
}

/** What the parties are called that have given no legal name. */
async function namesOf(
  tx: Tx,
  acting_id: string,
  parties: readonly BillingDetails[],
): Promise<ReadonlyMap<string, string>> {
  const nameless = parties.filter(({ legal_name }) => legal_name === null);
  return await tenantNames(
    tx,
    acting_id,
    nameless.map(({ tenant_id }) => tenant_id),
  );
}
