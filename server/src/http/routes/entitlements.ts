import { z } from 'zod';
import { ENTITLEMENT_KINDS, FEATURE_QUANTITY_MAX, recordFeatureUsage } from '../../entitlements/index.ts';
import {
  defineRoute,
  listOf,
  listQueryOf,
  pageOf,
  queryInteger,
  requestKey,
  time,
  timeOut,
  total,
  uuid,
} from '../index.ts';

const tag = 'Entitlements';

/** The name of a feature, as tiers write it. */
const featureName = z
  .string()
  .max(63)
  .regex(/^[a-z][a-z0-9_]*$/, 'must begin with a letter and have a-z, 0-9 and _')
  .meta({ examples: ['episodes_per_month'] });

const standing = {
  limit: total.nullable().meta({ description: 'null: none.' }),
  used: total
    .nullable()
    .meta({ description: 'In the present billing period; null where only the host knows.' }),
  remaining: total.nullable(),
  overage: z.boolean().meta({ description: 'Whether use beyond the limit is let in, and paid.' }),
};

const entitlement = z.strictObject({
  feature: z.string(),
  kind: z.enum(ENTITLEMENT_KINDS).meta({ description: 'unknown: the tier does not name it.' }),
  allowed: z.boolean(),
  ...standing,
  resets_at: timeOut.nullable(),
});

const listEntitlementsRoute = defineRoute({
  method: 'GET',
  path: '/entitlements',
  operation_id: 'list_entitlements',
  summary: 'What the tenant may do',
  description: 'Every feature of its tier by name, and api_calls and ai_tokens.',
  tag,
  scope: 'read',
  mode: 'own',
  query: z.strictObject(listQueryOf(featureName)),
  responses: { 200: listOf(entitlement) },
  handler: async ({ tenant_id, query: { limit, cursor }, services }) => {
    const all = await services.entitlements.list(tenant_id);
    const rest = cursor === undefined ? all : all.filter(({ feature }) => feature > cursor.id);
    return { status: 200, body: pageOf(rest, limit, ({ feature }) => ({ time: BY_NAME, id: feature })) };
  },
});

/** A list by name has no time to go on from, and a cursor has one. */
const BY_NAME = new Date(0);

const getEntitlementRoute = defineRoute({
  method: 'GET',
  path: '/entitlements/:feature',
  operation_id: 'get_entitlement',
  summary: 'Whether the tenant may use a feature',
  description:
    'A metered feature is allowed up to its limit in a billing period, and beyond it where the tier has a price for that. A feature that the tier does not name is not allowed. Nothing is recorded.',
  tag,
  scope: 'read',
  mode: 'own',
  params: z.strictObject({ feature: featureName }),
  query: z.strictObject({
    quantity: queryInteger(1, FEATURE_QUANTITY_MAX)
      .optional()
      .meta({ description: 'How much more is wanted; 1 where it is left out.' }),
    used: queryInteger(0, Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'How many there are, for a static feature: only the host knows that.' }),
  }),
  responses: { 200: entitlement },
  // Without a transaction: where tier and counters are known nothing is asked of the database.
  handler: async ({ tenant_id, params: { feature }, query, services }) => ({
    status: 200,
    body: await services.entitlements.check(tenant_id, feature, query),
  }),
});

const recordedUse = z.strictObject({
  feature_usage_id: uuid,
  feature: z.string(),
  period_id: uuid.meta({ description: 'The billing period that it counts in.' }),
  quantity: total,
  overage_quantity: total.meta({ description: 'How much of it lay beyond the limit, and is paid.' }),
  request_id: z.string(),
  occurred_at: timeOut,
  ...standing,
});

const recordFeatureUsageRoute = defineRoute({
  method: 'POST',
  path: '/entitlements/:feature/usage',
  operation_id: 'record_feature_usage',
  summary: 'Record the use of a metered feature',
  description:
    'Counts a use in its billing period, once for each request_id. Where it would pass a limit that nobody pays beyond, nothing is recorded.',
  tag,
  scope: 'write',
  mode: 'write',
  params: z.strictObject({ feature: featureName }),
  body: z.strictObject({
    quantity: z.int().min(1).max(FEATURE_QUANTITY_MAX),
    request_id: requestKey,
    occurred_at: time.optional().meta({
      description: 'Now where it is left out. At most 5 minutes ahead and 35 days ago.',
    }),
  }),
  responses: { 201: recordedUse, 200: recordedUse },
  errors: ['entitlement_exceeded', 'request_id_reused', 'event_in_future', 'event_too_old'],
  handler: async ({ tx, tenant_id, params: { feature }, body: use, now, services: { newId } }) => {
    const { replayed, body } = await recordFeatureUsage(tx, { tenant_id, now, newId }, { feature, ...use });
    return replayed ? { status: 200, body, replayed } : { status: 201, body };
  },
});

export const entitlementRoutes = [listEntitlementsRoute, getEntitlementRoute, recordFeatureUsageRoute];
