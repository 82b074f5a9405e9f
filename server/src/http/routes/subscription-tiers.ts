import { z } from 'zod';
import { listTiers } from '../../tenants/index.ts';
import { defineRoute, listOf, listQuery, pageOf, timeOut, total, uuid } from '../index.ts';

const tier = z.strictObject({
  tenant_id: uuid.meta({ description: 'Whose catalogue it stands in.' }),
  tier_id: uuid,
  tier_name: z.string(),
  title: z.string(),
  may_have_child_tenants: z.boolean(),
  included_api_calls: total.nullable().meta({
    description: 'Successful API calls of a billing period that cost nothing; null where none does.',
  }),
  calls_per_minute: total.nullable().meta({ description: 'null: the tier brings no limit.' }),
  created_at: timeOut,
});

const listTiersRoute = defineRoute({
  method: 'GET',
  path: '/subscription-tiers',
  operation_id: 'list_subscription_tiers',
  summary: 'The subscription tiers',
  description: 'Those of the acting tenant, of its seller and of the platform.',
  tag: 'Tiers',
  scope: 'read',
  mode: 'read',
  query: z.strictObject(listQuery),
  responses: { 200: listOf(tier) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after } }) => {
    const rows = await listTiers(tx, tenant_id, { after, limit: limit + 1 });
    return { status: 200, body: pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.tier_id })) };
  },
});

export const subscriptionTierRoutes = [listTiersRoute];
