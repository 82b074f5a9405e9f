import type { BillingDetails } from '../billing-details/index.ts';
import type { Tx } from '../db/index.ts';
import { tenantNames } from '../tenants/index.ts';
import type { InvoiceDetails, InvoiceParty } from './invoice.ts';
import type { PricedLines } from './price-invoice.ts';

/** The parties, the notes and the discounts of an invoice that is being finalized. */
export async function detailsOf(tx: Tx, tenant_id: string, priced: PricedLines): Promise<InvoiceDetails> {
  const names = await namesOf(tx, tenant_id, [priced.seller, priced.buyer]);
  return {
    seller: partyOf(priced.seller, names.get(priced.seller.tenant_id)),
    buyer: partyOf(priced.buyer, names.get(priced.buyer.tenant_id)),
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

function partyOf(details: BillingDetails, called = ''): InvoiceParty {
  const { legal_name, email, country, tax_id } = details;
  return { name: legal_name ?? called, email, address: addressOf(details), country, tax_id };
}

function addressOf({ address_line1, address_line2, postal_code, city, region }: BillingDetails): string[] {
  const place = [postal_code, city].filter((part) => part !== null).join(' ');
  return [address_line1, address_line2, place, region].filter(
    (line) => line !== null && line !== '',
  ) as string[];
}
