import { sql } from 'kysely';
import { publishChange, type Tx } from '../db/index.ts';
import { type ApiKey, apiKeyColumns, lockApiKey } from './api-key.ts';

/**
 * Ends a key of the transaction's tenant with all its secrets, from the next request on. Revoking a revoked key
 * answers it as it is. Fails with `not_found`.
 */
export async function revokeApiKey(
  tx: Tx,
  tenant_id: string,
  api_key_id: string,
  now: Date,
): Promise<ApiKey> {
  const key = await lockApiKey(tx, tenant_id, api_key_id);
  if (key.revoked_at !== null) return key;
  // The hashes stay in the directory: so the next start knows an environment key that was revoked for what it is.
  const revoked = await sql<ApiKey>`
    update api_keys set revoked_at = ${now} where tenant_id = ${tenant_id} and api_key_id = ${api_key_id}
    returning ${apiKeyColumns}`.execute(tx);
  await publishChange(tx, { topic: 'api_keys', tenant_id });
  return revoked.rows[0] ?? key;
}
