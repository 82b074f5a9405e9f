import { expect } from 'vitest';
import { subscriptionTierRoutes } from '../../src/http/routes/subscription-tiers.ts';
import { tenantRoutes } from '../../src/http/routes/tenants/index.ts';
import type { TestApp } from '../harness/test-app.ts';

/** The routes that the tests of tenants run against. */
export const routes = [...tenantRoutes, ...subscriptionTierRoutes];

/** Makes a tenant, by the operator unless `key` or `headers` say otherwise, and answers its id. */
export async function makeTenant(
  app: TestApp,
  body: object = {},
  more: { key?: string; headers?: Record<string, string> } = {},
): Promise<string> {
  const answer = await app.call('POST /tenants', { body: { name: 'Studio', ...body }, ...more });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json().tenant_id;
}

/** Makes a key of a tenant by the operator, with all scopes unless told otherwise. */
export async function makeKey(
  app: TestApp,
  tenant_id: string,
  body: object = {},
): Promise<{ api_key: string; api_key_id: string }> {
  const answer = await app.call(`POST /tenants/${tenant_id}/api-keys`, {
    body: { name: 'key', scopes: ['read', 'write', 'admin'], ...body },
  });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}

/** Status and code of an answer: what a refusal is told by. */
export function refusal(answer: {
  statusCode: number;
  json(): { code?: string };
}): [number, string | undefined] {
  return [answer.statusCode, answer.json().code];
}
