import { z } from 'zod';
import { listFeatures, putFeature } from '../../../ai-tokens/index.ts';
import { defineRoute, listOf, listQueryOf, pageOf, text, timeOut } from '../../index.ts';

const featureType = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be snake_case of at most 63 characters');
const feature = z.strictObject({ feature_type: z.string(), title: z.string(), created_at: timeOut });

export const putFeatureRoute = defineRoute({
  method: 'PUT',
  path: '/features/:feature_type',
  operation_id: 'put_feature',
  summary: 'Register a feature that may use tokens, or rename it',
  tag: 'AI tokens',
  scope: 'write',
  operator_only: true,
  mode: 'write',
  params: z.strictObject({ feature_type: featureType }),
  body: z.strictObject({ title: text(200).optional() }),
  body_optional: true,
  responses: { 200: feature, 201: feature },
  handler: async ({ tx, tenant_id, params: { feature_type }, body: { title }, now }) => {
    const { created, feature: written } = await putFeature(tx, tenant_id, { feature_type, title }, now);
    return { status: created ? 201 : 200, body: written };
  },
});

export const listFeaturesRoute = defineRoute({
  method: 'GET',
  path: '/features',
  operation_id: 'list_features',
  summary: 'The features that may use tokens',
  tag: 'AI tokens',
  scope: 'read',
  mode: 'read',
  query: z.strictObject(listQueryOf(featureType)),
  responses: { 200: listOf(feature) },
  handler: async ({ tx, query: { limit, cursor: after } }) => {
    const rows = await listFeatures(tx, { after, limit: limit + 1 });
    return {
      status: 200,
      body: pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.feature_type })),
    };
  },
});
