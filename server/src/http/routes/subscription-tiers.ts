import { z } from 'zod';
import { createTier, INTERVALS, listTiers, reviseTier } from '../../catalog/index.ts';
import { isCurrency, requireMayHaveChildren, requireTenant } from '../../tenants/index.ts';
import { defineRoute, listOf, listQuery, pageOf, text, timeOut, total, uuid } from '../index.ts';
import { priceModel } from '../price-model-schema.ts';

const tag = 'Catalogue';

/** Names of tiers and features: what hosts and SDKs write in code. */
const name = z
  .string()
  .max(63)
  .regex(/^[a-z][a-z0-9_]*$/, 'must begin with a letter and have a-z, 0-9 and _')
  .meta({ examples: ['professional'] });

const currencyCode = z.string().refine(isCurrency, 'must be the code of a currency of ISO 4217, such as USD');

const prices = z
  .record(currencyCode, z.partialRecord(z.enum(INTERVALS), total))
  .meta({ description: 'By currency and interval, in minor units. What is not here is not sold.' });

const usagePrices = z
  .record(currencyCode, priceModel)
  .meta({ description: 'By currency: what is used beyond the included costs this.' });

const feature = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('boolean'), enabled: z.boolean() }),
  z.strictObject({ kind: z.literal('static'), limit: total.nullable() }),
  z.strictObject({ kind: z.literal('metered'), limit: total.nullable(), overage: usagePrices.optional() }),
]);

/** What a version says, field by field. */
const terms = {
  title: text(200),
  description: z.string().max(500),
  prices,
  features: z
    .record(name, feature)
    .refine((all) => Object.keys(all).length <= FEATURES_MAX, 'has too many features')
    .meta({ description: 'At most 100, by name. A limit of null is none.' }),
  may_have_child_tenants: z.boolean(),
  included_ai_tokens: total.nullable().meta({
    description: 'Granted in each billing period; null: as many as anybody needs.',
  }),
  token_rollover_periods: z.int().min(0).max(1200).nullable().meta({
    description: 'How many billing periods longer than their own the included tokens last; null for ever.',
  }),
  included_api_calls: total.nullable().meta({
    description: 'Successful API calls of a billing period that cost nothing; null where none does.',
  }),
  api_call_prices: usagePrices,
  calls_per_minute: z
    .int()
    .min(1)
    .max(1_000_000)
    .nullable()
    .meta({ description: 'null: the tier brings no limit.' }),
  archived: z.boolean().meta({ description: 'Nobody can move to it any more; who is on it stays.' }),
};

const FEATURES_MAX = 100;

const tier = z.strictObject({
  tenant_id: uuid.meta({ description: 'Whose catalogue it stands in.' }),
  tier_id: uuid,
  tier_name: z.string(),
  version: z.int().min(1),
  ...terms,
  created_at: timeOut,
});

const listTiersRoute = defineRoute({
  method: 'GET',
  path: '/subscription-tiers',
  operation_id: 'list_subscription_tiers',
  summary: 'The subscription tiers',
  description: "The present versions: of the tenant's own catalogue, its seller's and the platform's.",
  tag,
  scope: 'read',
  mode: 'read',
  query: z.strictObject(listQuery),
  responses: { 200: listOf(tier) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after } }) => {
    const { parent_tenant_id } = await requireTenant(tx, tenant_id);
    const rows = await listTiers(tx, tenant_id, parent_tenant_id ?? tenant_id, { after, limit: limit + 1 });
    return { status: 200, body: pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.tier_id })) };
  },
});

const createTierRoute = defineRoute({
  method: 'POST',
  path: '/subscription-tiers',
  operation_id: 'create_subscription_tier',
  summary: 'Make a tier of your catalogue',
  description:
    'For the tenants that you sell to: the operator, or with a tenant key a tenant whose tier includes child tenants. A tier of your own replaces one of the same name of your seller.',
  tag,
  scope: 'write',
  mode: 'write',
  body: z.strictObject({
    tier_name: name,
    ...terms,
    description: terms.description.default(''),
    prices: terms.prices.default({}),
    features: terms.features.default({}),
    may_have_child_tenants: terms.may_have_child_tenants.default(false),
    included_ai_tokens: terms.included_ai_tokens.default(0),
    token_rollover_periods: terms.token_rollover_periods.default(0),
    included_api_calls: terms.included_api_calls.default(0),
    api_call_prices: terms.api_call_prices.default({}),
    calls_per_minute: terms.calls_per_minute.default(600),
    archived: terms.archived.default(false),
  }),
  responses: { 201: tier },
  errors: ['tier_name_taken', 'tiers_too_many', 'tier_without_children'],
  handler: async ({ tx, tenant_id, caller, body, now, services: { newId } }) => {
    if (!caller.operator) await requireMayHaveChildren(tx, tenant_id);
    const made = await createTier(tx, { tenant_id, now, newId }, body);
    return { status: 201, body: made };
  },
});

const reviseTierRoute = defineRoute({
  method: 'PATCH',
  path: '/subscription-tiers/:tier_id',
  operation_id: 'revise_subscription_tier',
  summary: 'Make the next version of a tier',
  description:
    'What is left out stays. Who is on an earlier version keeps it, its price and its limits, until moved.',
  tag,
  scope: 'write',
  mode: 'write',
  params: z.strictObject({ tier_id: uuid }),
  body: z.strictObject(terms).partial(),
  responses: { 200: tier },
  errors: ['tier_revised_meanwhile', 'tier_without_children'],
  handler: async ({ tx, tenant_id, caller, params: { tier_id }, body }) => {
    if (!caller.operator) await requireMayHaveChildren(tx, tenant_id);
    return { status: 200, body: await reviseTier(tx, tenant_id, tier_id, body) };
  },
});

export const subscriptionTierRoutes = [listTiersRoute, createTierRoute, reviseTierRoute];
