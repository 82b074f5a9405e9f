import type { BillingDetails } from '../billing-details/index.ts';
import type { Tx } from '../db/index.ts';
import { partyOf } from '../invoice-pdf/index.ts';
import { tenantNames } from '../tenants/index.ts';
import type { InvoiceDetails } from './invoice.ts';
import type { PricedLines } from './price-invoice.ts';

/** The parties, the notes and the discounts of an invoice that is being finalized. */
export async function detailsOf(tx: Tx, tenant_id: string, priced: PricedLines): Promise<InvoiceDetails> {
  const names = await namesOf(tx, tenant_id, [priced.seller, priced.buyer]);
  return {
    seller: partyOf(priced.seller, names.get(priced.seller.tenant_id) ?? ''),
    buyer: partyOf(priced.buyer, names.get(priced.buyer.tenant_id) ?? ''),
    time_zone: priced.buyer.time_zone,
    notes: priced.notes,
    discounts: priced.discounts.map(({ redemption, discount_cents }) => ({
      coupon_redemption_id: redemption.coupon_redemption_id,
      code: redemption.code,
      discount_cents: Number(discount_cents),
    })),
  };
}

/** What the parties are called; of those that have given a legal name, that. */
async function namesOf(
  tx: Tx,
  acting_id: string,
  parties: readonly BillingDetails[],
): Promise<ReadonlyMap<string, string>> {
  const nameless = parties.flatMap(({ tenant_id, legal_name }) => (legal_name === null ? [tenant_id] : []));
  return await tenantNames(tx, acting_id, nameless);
}
