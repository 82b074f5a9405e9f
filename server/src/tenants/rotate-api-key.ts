import { sql } from 'kysely';
import { publishChange, type Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import {
  type ApiKey,
  apiKeyColumns,
  ENVIRONMENT_KEY_ID,
  giveSecret,
  isOver,
  lockApiKey,
  type NewApiKey,
  SECRETS_MAX,
} from './api-key.ts';

/** How long an old secret may go on working: seven days. */
export const GRACE_SECONDS_MAX = 604_800;

/**
 * Gives a key of the transaction's tenant another secret. Those it had work for `grace_seconds` more (0 to
 * GRACE_SECONDS_MAX), or until an earlier end that they were given before. Fails with `not_found`, `api_key_ended`,
 * `api_key_from_environment`, or `api_keys_too_many` where too many old secrets still work.
 */
export async function rotateApiKey(
  tx: Tx,
  context: { tenant_id: string; now: Date },
  api_key_id: string,
  grace_seconds: number,
): Promise<NewApiKey> {
  const { tenant_id, now } = context;
  const key = await lockApiKey(tx, tenant_id, api_key_id);
  if (key.revoked_at !== null || isOver(key.expires_at, now)) {
    fail('api_key_ended', 'The key is revoked or expired; make a new one.');
  }
  if (api_key_id === ENVIRONMENT_KEY_ID) {
    fail('api_key_from_environment', 'TALLYSTICK_OPERATOR_KEY holds this key.');
  }
  await endSecrets(tx, key, new Date(now.getTime() + grace_seconds * 1000), now);
  const api_key = await giveSecret(tx, tenant_id, api_key_id);
  const rotated = await sql<ApiKey>`
    update api_keys set rotated_at = ${now} where tenant_id = ${tenant_id} and api_key_id = ${api_key_id}
    returning ${apiKeyColumns}`.execute(tx);
  await publishChange(tx, { topic: 'api_keys', tenant_id });
  return { ...(rotated.rows[0] ?? key), api_key };
}

async function endSecrets(tx: Tx, key: ApiKey, until: Date, now: Date): Promise<void> {
  const { tenant_id, api_key_id } = key;
  await sql`
    delete from api_key_directory
    where owner_id = ${tenant_id} and api_key_id = ${api_key_id}
      and least(expires_at, ${until}::timestamptz) <= ${now}`.execute(tx);
  const left = await sql`
    update api_key_directory set expires_at = least(expires_at, ${until}::timestamptz)
    where owner_id = ${tenant_id} and api_key_id = ${api_key_id} returning 1`.execute(tx);
  if (left.rows.length >= SECRETS_MAX) {
    fail('api_keys_too_many', `${left.rows.length} secrets of this key still work; rotate it without grace.`);
  }
}
