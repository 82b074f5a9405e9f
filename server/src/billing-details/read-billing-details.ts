import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { type BillingDetails, saidNothing } from './billing-details.ts';

export const detailsColumns = sql`tenant_id, legal_name, email, address_line1, address_line2, city, postal_code, region,
  country, tax_id, tax_exempt, tax_behavior, sales_tax_behavior, time_zone, updated_at`;

/** The billing details of the transaction's tenant or of its seller; those of others read as if nothing was said. */
export async function readBillingDetails(tx: Tx, tenant_id: string): Promise<BillingDetails> {
  const found = await sql<BillingDetails>`
    select ${detailsColumns} from billing_details where tenant_id = ${tenant_id}`.execute(tx);
  return found.rows[0] ?? { tenant_id, ...saidNothing, updated_at: null };
}

/** The same of a seller and its buyer, in one statement. */
export async function readBothDetails(
  tx: Tx,
  seller_id: string,
  buyer_id: string,
): Promise<{ seller: BillingDetails; buyer: BillingDetails }> {
  const found = await sql<BillingDetails>`
    select ${detailsColumns} from billing_details where tenant_id in (${seller_id}, ${buyer_id})`.execute(tx);
  const of = (tenant_id: string): BillingDetails =>
    found.rows.find((row) => row.tenant_id === tenant_id) ?? { tenant_id, ...saidNothing, updated_at: null };
  return { seller: of(seller_id), buyer: of(buyer_id) };
}
