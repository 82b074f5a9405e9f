import type { BillingDetails } from '../billing-details/index.ts';
import { inOtherTenant, type Tx } from '../db/index.ts';
import { requireTenant } from '../tenants/index.ts';
import type { InvoiceDetails, InvoiceParty } from './invoice.ts';
import type { PricedLines } from './price-invoice.ts';

/** The parties, the notes and the discounts of an invoice that is being finalized. */
export async function detailsOf(tx: Tx, tenant_id: string, priced: PricedLines): Promise<InvoiceDetails> {
  return {
    seller: await partyOf(tx, tenant_id, priced.seller),
    buyer: await partyOf(tx, tenant_id, priced.buyer),
    notes: priced.notes,
    discounts: priced.discounts.map(({ redemption, discount_cents }) => ({
      coupon_redemption_id: redemption.coupon_redemption_id,
      code: redemption.code,
      discount_cents: Number(discount_cents),
    })),
  };
}

async function partyOf(tx: Tx, acting_id: string, details: BillingDetails): Promise<InvoiceParty> {
  const { tenant_id, legal_name, email, country, tax_id } = details;
  const name =
    legal_name ?? (await inOtherTenant(tx, acting_id, tenant_id, () => requireTenant(tx, tenant_id))).name;
  return { name, email, address: addressOf(details), country, tax_id };
}

function addressOf({ address_line1, address_line2, postal_code, city, region }: BillingDetails): string[] {
  const place = [postal_code, city].filter((part) => part !== null).join(' ');
  return [address_line1, address_line2, place, region].filter(
    (line) => line !== null && line !== '',
  ) as string[];
}
