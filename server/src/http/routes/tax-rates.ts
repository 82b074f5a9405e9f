import { z } from 'zod';
import { addTaxRate, listTaxRates, stopTaxRate, type TaxRateRow } from '../../tax/index.ts';
import {
  country,
  defineRoute,
  listOf,
  listQuery,
  pageOf,
  percent,
  text,
  time,
  timeOut,
  uuid,
} from '../index.ts';

const tag = 'Billing';

const taxRate = z.strictObject({
  tax_rate_id: uuid,
  country: z.string(),
  region: z.string().nullable().meta({ description: 'null for all regions without a rate of their own.' }),
  rate_percent: z.number(),
  name: z.string(),
  valid_from: timeOut,
  valid_to: timeOut.nullable().meta({ description: 'Excluded; null for no end.' }),
  created_at: timeOut,
});

function answerOf({ rate_percent, ...row }: TaxRateRow) {
  return { ...row, rate_percent: Number(rate_percent) };
}

const listTaxRatesRoute = defineRoute({
  method: 'GET',
  path: '/tax-rates',
  operation_id: 'list_tax_rates',
  summary: 'The tax rates that the acting tenant takes as a seller',
  description: 'Those that are over included, newest first.',
  tag,
  scope: 'read',
  mode: 'read',
  query: z.strictObject({ ...listQuery, country: country.optional() }),
  responses: { 200: listOf(taxRate) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after, country } }) => {
    const rows = await listTaxRates(tx, tenant_id, { country, after, limit: limit + 1 });
    const page = pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.tax_rate_id }));
    return { status: 200, body: { ...page, data: page.data.map(answerOf) } };
  },
});

const addTaxRateRoute = defineRoute({
  method: 'POST',
  path: '/tax-rates',
  operation_id: 'add_tax_rate',
  summary: 'Let a tax rate of the acting tenant begin',
  description:
    'For sales to a country, or to a region of it, from valid_from on (now where it is left out). It ends the rate before it. What a rate was in the past is not changed.',
  tag,
  scope: 'write',
  mode: 'write',
  body: z.strictObject({
    country,
    region: text(100).optional(),
    rate_percent: percent,
    name: text(100).meta({ description: 'What invoices call it, such as VAT.', examples: ['VAT'] }),
    valid_from: time.optional(),
  }),
  responses: { 201: taxRate },
  errors: ['tax_rate_overlaps'],
  handler: async ({ tx, tenant_id, body, now, services: { newId } }) => {
    const { region = null, valid_from = now, ...terms } = body;
    const rate = await addTaxRate(tx, { tenant_id, now, newId }, { ...terms, region, valid_from });
    return { status: 201, body: answerOf(rate) };
  },
});

const stopTaxRateRoute = defineRoute({
  method: 'DELETE',
  path: '/tax-rates/:tax_rate_id',
  operation_id: 'stop_tax_rate',
  summary: 'End a tax rate of the acting tenant now',
  description: 'One that has not begun is taken away, and the one that it would have ended goes on.',
  tag,
  scope: 'write',
  mode: 'write',
  params: z.strictObject({ tax_rate_id: uuid }),
  responses: { 204: z.undefined() },
  handler: async ({ tx, tenant_id, params: { tax_rate_id }, now }) => {
    await stopTaxRate(tx, { tenant_id, now }, tax_rate_id);
    return { status: 204, body: undefined };
  },
});

export const taxRateRoutes = [addTaxRateRoute, listTaxRatesRoute, stopTaxRateRoute];
