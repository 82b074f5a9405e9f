import { z } from 'zod';
import { type BillingDetails, putBillingDetails, readBillingDetails } from '../../billing-details/index.ts';
import { isTimeZone } from '../../clock/index.ts';
import { readEuVatId, TAX_BEHAVIORS } from '../../tax/index.ts';
import { country, defineRoute, text, timeOut, uuid } from '../index.ts';

const tag = 'Billing';

const said = (longest: number) => text(longest).nullable().default(null);
const behavior = z.enum(TAX_BEHAVIORS).nullable();

const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be a time zone of the IANA database, such as Europe/Berlin')
  .meta({ examples: ['Europe/Berlin'] });

const details = z.strictObject({
  tenant_id: uuid,
  legal_name: z.string().nullable(),
  email: z.string().nullable(),
  address_line1: z.string().nullable(),
  address_line2: z.string().nullable(),
  city: z.string().nullable(),
  postal_code: z.string().nullable(),
  region: z.string().nullable(),
  country: z.string().nullable(),
  tax_id: z.string().nullable(),
  eu_vat_id: z.string().nullable().meta({
    description: 'tax_id as a VAT id of the EU, where its form and check digits make it one.',
  }),
  tax_exempt: z.boolean(),
  tax_behavior: behavior.meta({ description: 'Of prices it was promised; null as its seller does.' }),
  sales_tax_behavior: behavior.meta({ description: 'Of prices it sells at; null for tax on top.' }),
  time_zone: z.string().meta({ description: 'By whose calendar its months begin.' }),
  updated_at: timeOut.nullable().meta({ description: 'null where nothing was said yet.' }),
});

function answerOf(row: BillingDetails) {
  return { ...row, eu_vat_id: readEuVatId(row.tax_id)?.vat_id ?? null };
}

const getBillingDetailsRoute = defineRoute({
  method: 'GET',
  path: '/billing-details',
  operation_id: 'get_billing_details',
  summary: 'What invoices say of the acting tenant',
  description: 'As the buyer of its own invoices, and as the seller of those of the tenants it sells to.',
  tag,
  scope: 'read',
  mode: 'read',
  responses: { 200: details },
  handler: async ({ tx, tenant_id }) => ({
    status: 200,
    body: answerOf(await readBillingDetails(tx, tenant_id)),
  }),
});

const putBillingDetailsRoute = defineRoute({
  method: 'PUT',
  path: '/billing-details',
  operation_id: 'put_billing_details',
  summary: 'Say what invoices say of the acting tenant',
  description:
    'Sets all fields: what is left out is as if it had never been said, but tax_exempt and tax_behavior stay then: an operator alone changes them. Invoices that were finalized keep what they showed.',
  tag,
  scope: 'write',
  mode: 'write',
  body: z.strictObject({
    legal_name: said(200),
    email: z.email().max(254).nullable().default(null),
    address_line1: said(200),
    address_line2: said(200),
    city: said(100),
    postal_code: said(20),
    region: said(100).meta({ description: 'A state or province, as tax rates spell it.' }),
    country: country.nullable().default(null),
    tax_id: said(40),
    tax_exempt: z.boolean().optional(),
    tax_behavior: behavior.optional(),
    sales_tax_behavior: behavior.default(null),
    time_zone: timeZone.default('UTC'),
  }),
  body_optional: true,
  responses: { 200: details },
  errors: ['operator_only'],
  handler: async ({ tx, tenant_id, caller: { operator }, body, now }) => ({
    status: 200,
    body: answerOf(await putBillingDetails(tx, { tenant_id, operator, now }, body)),
  }),
});

export const billingDetailsRoutes = [getBillingDetailsRoute, putBillingDetailsRoute];
