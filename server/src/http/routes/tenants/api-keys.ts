import { z } from 'zod';
import {
  createApiKey,
  GRACE_SECONDS_MAX,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
  SCOPES,
} from '../../../tenants/index.ts';
import { defineRoute, listOf, listQuery, pageOf, text, time, timeOut, uuid } from '../../index.ts';

const tag = 'Tenants';

const scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .meta({ description: 'admin contains write, and write contains read.' });

const apiKey = z.strictObject({
  tenant_id: uuid,
  api_key_id: uuid,
  name: z.string(),
  scopes,
  expires_at: timeOut.nullable(),
  revoked_at: timeOut.nullable(),
  rotated_at: timeOut.nullable().meta({ description: 'When it last got another secret.' }),
  last_used_at: timeOut.nullable().meta({ description: 'Up to a minute behind.' }),
  created_at: timeOut,
});

const newApiKey = apiKey.extend({
  api_key: z
    .string()
    .optional()
    .meta({ description: 'The key itself, this once: a replay under an Idempotency-Key leaves it out.' }),
});

const params = z.strictObject({ tenant_id: uuid });
const keyParams = params.extend({ api_key_id: uuid });

export const createApiKeyRoute = defineRoute({
  method: 'POST',
  path: '/tenants/:tenant_id/api-keys',
  operation_id: 'create_api_key',
  summary: 'Make an API key of a tenant',
  description: 'The answer is the only place where the key appears. A key of the root is an operator key.',
  tag,
  scope: 'admin',
  mode: 'write',
  path_tenant: 'tenant_id',
  params,
  body: z.strictObject({
    name: text(200),
    scopes: scopes.optional().meta({ description: 'read and write where left out.' }),
    expires_at: time.optional().meta({ description: 'In the future. Without it the key does not expire.' }),
  }),
  responses: { 201: newApiKey },
  errors: ['api_keys_too_many'],
  secret_fields: ['api_key'],
  handler: async ({ tx, tenant_id, body, now, services: { newId } }) => ({
    status: 201,
    body: await createApiKey(tx, { tenant_id, now, newId }, body),
  }),
});

export const listApiKeysRoute = defineRoute({
  method: 'GET',
  path: '/tenants/:tenant_id/api-keys',
  operation_id: 'list_api_keys',
  summary: 'The API keys of a tenant, revoked ones too',
  tag,
  scope: 'admin',
  mode: 'read',
  path_tenant: 'tenant_id',
  params,
  query: z.strictObject(listQuery),
  responses: { 200: listOf(apiKey) },
  handler: async ({ tx, tenant_id, query: { limit, cursor: after } }) => {
    const rows = await listApiKeys(tx, tenant_id, { after, limit: limit + 1 });
    return {
      status: 200,
      body: pageOf(rows, limit, (row) => ({ time: row.created_at, id: row.api_key_id })),
    };
  },
});

export const revokeApiKeyRoute = defineRoute({
  method: 'DELETE',
  path: '/tenants/:tenant_id/api-keys/:api_key_id',
  operation_id: 'revoke_api_key',
  summary: 'Revoke an API key',
  description: 'It stops working with the next request, for ever. Revoking it again answers the same.',
  tag,
  scope: 'admin',
  mode: 'write',
  path_tenant: 'tenant_id',
  params: keyParams,
  responses: { 200: apiKey },
  handler: async ({ tx, tenant_id, params: { api_key_id }, now }) => ({
    status: 200,
    body: await revokeApiKey(tx, tenant_id, api_key_id, now),
  }),
});

export const rotateApiKeyRoute = defineRoute({
  method: 'POST',
  path: '/tenants/:tenant_id/api-keys/:api_key_id/rotate',
  operation_id: 'rotate_api_key',
  summary: 'Give an API key another secret',
  description:
    'Its id, name, scopes and expiry stay. What it was before works for grace_seconds more; give it some, and an answer that gets lost locks nobody out.',
  tag,
  scope: 'admin',
  mode: 'write',
  path_tenant: 'tenant_id',
  params: keyParams,
  body: z.strictObject({ grace_seconds: z.int().min(0).max(GRACE_SECONDS_MAX).default(0) }),
  body_optional: true,
  responses: { 200: newApiKey },
  errors: ['api_key_ended', 'api_key_from_environment', 'api_keys_too_many'],
  secret_fields: ['api_key'],
  handler: async ({ tx, tenant_id, params: { api_key_id }, body: { grace_seconds }, now }) => ({
    status: 200,
    body: await rotateApiKey(tx, { tenant_id, now }, api_key_id, grace_seconds),
  }),
});
