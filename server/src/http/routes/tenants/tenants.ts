import { z } from 'zod';
import { requireUnsubscribed } from '../../../subscriptions/index.ts';
import {
  createTenant,
  isCurrency,
  listTenants,
  requireTenant,
  updateTenant,
} from '../../../tenants/index.ts';
import { currency, defineRoute, listOf, listQuery, pageOf, text, timeOut, total, uuid } from '../../index.ts';

const tag = 'Tenants';

const slug = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](-?[a-z0-9])*$/, 'must have a-z, 0-9 and single hyphens between them')
  .meta({ examples: ['north-star-audio'] });

const currencyIn = z
  .string()
  .refine(isCurrency, 'must be the code of a currency of ISO 4217, such as USD')
  .meta({ pattern: '^[A-Z]{3}$', examples: ['USD'] });

const tenant = z.strictObject({
  tenant_id: uuid,
  parent_tenant_id: uuid.nullable().meta({ description: 'Who sells to it; null for the root only.' }),
  name: z.string(),
  slug: z.string().nullable(),
  currency,
  tier_owner_id: uuid.meta({ description: 'Whose catalogue its tier stands in.' }),
  tier_name: z.string(),
  tier_version: z.int().meta({ description: 'A new version of a tier moves nobody.' }),
  shortfall_cap_tokens: total.meta({ description: 'What it may owe over all settlements of holds.' }),
  created_at: timeOut,
});

const params = z.strictObject({ tenant_id: uuid });

export const createTenantRoute = defineRoute({
  method: 'POST',
  path: '/tenants',
  operation_id: 'create_tenant',
  summary: 'Make a tenant of the acting one',
  description:
    'The acting tenant becomes its seller, and sees it. With a tenant key this takes a tier that includes child tenants.',
  tag,
  scope: 'write',
  mode: 'write',
  body: z.strictObject({
    name: text(200),
    slug: slug.optional().meta({ description: 'Unique among the tenants of the seller.' }),
    currency: currencyIn.default('USD').meta({ description: 'ISO 4217. It never changes.' }),
    tier_name: text(63)
      .default('free')
      .meta({ description: 'A tier of GET /subscription-tiers.', examples: ['free'] }),
  }),
  responses: { 201: tenant },
  errors: ['slug_taken', 'tier_without_children'],
  handler: async ({ tx, tenant_id: seller_id, caller: { operator }, body, now, services: { newId } }) => ({
    status: 201,
    body: await createTenant(tx, { seller_id, operator, now, newId }, body),
  }),
});

export const listTenantsRoute = defineRoute({
  method: 'GET',
  path: '/tenants',
  operation_id: 'list_tenants',
  summary: 'The tenants that the acting one sells to',
  description: 'Direct children, newest first; those of another tenant with the header Tallystick-Tenant.',
  tag,
  scope: 'read',
  mode: 'read',
  query: z.strictObject({ ...listQuery, slug: slug.optional() }),
  responses: { 200: listOf(tenant) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after, ...filter } }) => {
    const rows = await listTenants(tx, tenant_id, { ...filter, after, limit: limit + 1 });
    return {
      status: 200,
      body: pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.tenant_id })),
    };
  },
});

export const getTenantRoute = defineRoute({
  method: 'GET',
  path: '/tenants/:tenant_id',
  operation_id: 'get_tenant',
  summary: 'One tenant',
  tag,
  scope: 'read',
  mode: 'read',
  path_tenant: 'tenant_id',
  params,
  responses: { 200: tenant },
  handler: async ({ tx, tenant_id }) => ({ status: 200, body: await requireTenant(tx, tenant_id) }),
});

export const updateTenantRoute = defineRoute({
  method: 'PATCH',
  path: '/tenants/:tenant_id',
  operation_id: 'update_tenant',
  summary: 'Change a tenant',
  description:
    'What is left out stays. tier_name and shortfall_cap_tokens take an operator key. tier_name is for tenants without a subscription; what changes the tier of the others is POST /subscriptions/current/change.',
  tag,
  scope: 'write',
  mode: 'write',
  path_tenant: 'tenant_id',
  params,
  body: z.strictObject({
    name: text(200).optional(),
    tier_name: text(63)
      .optional()
      .meta({ examples: ['free'] }),
    shortfall_cap_tokens: total.optional(),
  }),
  responses: { 200: tenant },
  errors: ['operator_only', 'subscription_exists'],
  handler: async ({ tx, services, tenant_id, caller: { operator }, body }) => {
    if (operator && body.tier_name !== undefined) await requireUnsubscribed(tx, tenant_id);
    const context = { tenant_id, operator, now: services.clock.now(tenant_id) };
    return { status: 200, body: await updateTenant(tx, context, body) };
  },
});
