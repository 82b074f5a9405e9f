import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail, TallystickError } from '../errors/index.ts';
import {
  API_KEYS_MAX,
  type ApiKey,
  apiKeyColumns,
  giveSecret,
  type NewApiKey,
  SCOPES,
  type Scope,
} from './api-key.ts';
import { lockTenant } from './store.ts';

/** A key to make. */
export interface ApiKeyRequest {
  name: string;
  /** `read` and `write` where they are left out. */
  scopes?: readonly Scope[] | undefined;
  expires_at?: Date | undefined;
}

/**
 * Makes a key of the transaction's tenant; one of the root is an operator key. Fails with `request_invalid` for an
 * expiry that is over, `api_keys_too_many`, and `not_found` where there is no such tenant.
 */
export async function createApiKey(
  tx: Tx,
  context: { tenant_id: string; now: Date; newId(at: Date): string },
  request: ApiKeyRequest,
): Promise<NewApiKey> {
  const { tenant_id, now } = context;
  const { name, scopes = ['read', 'write'], expires_at = null } = request;
  if (expires_at !== null && expires_at <= now) throw expiryOver(expires_at, now);
  if (!(await lockTenant(tx, tenant_id))) fail('not_found', 'No such tenant.');
  await requireRoom(tx, tenant_id);
  const made = await sql<ApiKey>`
    insert into api_keys (tenant_id, api_key_id, name, scopes, expires_at, created_at)
    values (${tenant_id}, ${context.newId(now)}, ${name}, ${SCOPES.filter((scope) => scopes.includes(scope))},
      ${expires_at}, ${now})
    returning ${apiKeyColumns}`.execute(tx);
  const key = made.rows[0] ?? fail('not_found', 'No such tenant.');
  return { ...key, api_key: await giveSecret(tx, tenant_id, key.api_key_id) };
}

async function requireRoom(tx: Tx, tenant_id: string): Promise<void> {
  const counted = await sql<{ keys: bigint }>`
    select count(*) as keys from api_keys where tenant_id = ${tenant_id} and revoked_at is null`.execute(tx);
  if ((counted.rows[0]?.keys ?? 0n) >= API_KEYS_MAX) {
    fail('api_keys_too_many', `The tenant has ${API_KEYS_MAX} keys that are not revoked.`);
  }
}

function expiryOver(expires_at: Date, now: Date): TallystickError {
  const detail = `must be after now, ${now.toISOString()}`;
  return new TallystickError('request_invalid', `body/expires_at: ${expires_at.toISOString()} ${detail}`, {
    errors: [{ in: 'body', pointer: '/expires_at', detail }],
  });
}
