import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail, TallystickError } from '../errors/index.ts';
import { looksLikeEuVatId, readEuVatId, type TaxBehavior } from '../tax/index.ts';
import { lockTenant } from '../tenants/index.ts';
import type { BillingDetails, DetailsTerms } from './billing-details.ts';
import { detailsColumns, readBillingDetails } from './read-billing-details.ts';

/** Who says it of which tenant, and when. */
export interface DetailsContext {
  tenant_id: string;
  operator: boolean;
  now: Date;
}

/** What to say. What lowers the tenant's bill stays as it is where it is left out. */
export interface DetailsRequest extends Omit<DetailsTerms, 'tax_exempt' | 'tax_behavior'> {
  tax_exempt?: boolean | undefined;
  tax_behavior?: TaxBehavior | null | undefined;
}

/**
 * Sets all billing details of the transaction's tenant. Fails with `operator_only` where anybody else changes what lowers
 * the tenant's bill, and with `request_invalid` for a VAT id of the EU that is mistyped.
 */
export async function putBillingDetails(
  tx: Tx,
  { tenant_id, operator, now }: DetailsContext,
  terms: DetailsRequest,
): Promise<BillingDetails> {
  if (looksLikeEuVatId(terms.tax_id) && readEuVatId(terms.tax_id) === undefined) throw taxIdMistyped();
  await lockTenant(tx, tenant_id);
  const known = await readBillingDetails(tx, tenant_id);
  const { tax_exempt = known.tax_exempt, tax_behavior = known.tax_behavior } = terms;
  if (!operator && (tax_exempt !== known.tax_exempt || tax_behavior !== known.tax_behavior))
    fail('operator_only', 'Only the operator changes tax_exempt and tax_behavior.');
  const written = await sql<BillingDetails>`
    insert into billing_details (${detailsColumns})
    values (${tenant_id}, ${terms.legal_name}, ${terms.email}, ${terms.address_line1}, ${terms.address_line2},
      ${terms.city}, ${terms.postal_code}, ${terms.region}, ${terms.country}, ${terms.tax_id}, ${tax_exempt},
      ${tax_behavior}, ${terms.sales_tax_behavior}, ${terms.time_zone}, ${now})
    on conflict (tenant_id) do update set legal_name = excluded.legal_name, email = excluded.email,
      address_line1 = excluded.address_line1, address_line2 = excluded.address_line2, city = excluded.city,
      postal_code = excluded.postal_code, region = excluded.region, country = excluded.country,
      tax_id = excluded.tax_id, tax_exempt = excluded.tax_exempt, tax_behavior = excluded.tax_behavior,
      sales_tax_behavior = excluded.sales_tax_behavior, time_zone = excluded.time_zone,
      updated_at = excluded.updated_at
    returning ${detailsColumns}`.execute(tx);
  const details = written.rows[0];
  if (details === undefined) throw new Error('the billing details were not written');
  return details;
}

function taxIdMistyped(): TallystickError {
  const detail = 'begins like a VAT id of the EU and is none: its form or its check digits are wrong';
  return new TallystickError('request_invalid', `body/tax_id: ${detail}`, {
    errors: [{ in: 'body', pointer: '/tax_id', detail }],
  });
}
