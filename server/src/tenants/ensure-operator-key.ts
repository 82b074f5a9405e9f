import { sql } from 'kysely';
import type { Clock } from '../clock/index.ts';
import { ConfigError } from '../config/index.ts';
import { type Database, publishChange, type Tx } from '../db/index.ts';
import { hashApiKey, newId, ROOT_TENANT_ID } from '../id/index.ts';
import { ENVIRONMENT_KEY_ID, SCOPES } from './api-key.ts';
import { isMistyped } from './authenticate.ts';
import { createApiKey } from './create-api-key.ts';
import { lockTenant } from './store.ts';

/**
 * Sees to it at start that an operator can get in. `configured_key` is what TALLYSTICK_OPERATOR_KEY holds: it becomes
 * the environment key, and a secret that the variable held before stops working. Where then no operator key works, one
 * is made and answered, to be printed once; else the answer is undefined. Safe beside another process that starts.
 * Throws a ConfigError where the variable holds a key that cannot be an operator key.
 */
export async function ensureOperatorKey(
  db: Database,
  clock: Clock,
  configured_key?: string,
): Promise<string | undefined> {
  if (configured_key !== undefined && isMistyped(configured_key)) {
    throw new ConfigError(
      'TALLYSTICK_OPERATOR_KEY holds a mistyped key (its checksum is wrong); it takes a key as it was given out',
    );
  }
  const now = clock.now(ROOT_TENANT_ID);
  return db.inTenant(ROOT_TENANT_ID, async (tx) => {
    await lockTenant(tx, ROOT_TENANT_ID);
    await followEnvironment(tx, configured_key, now);
    if (await someOperatorKeyWorks(tx, now)) return undefined;
    const context = { tenant_id: ROOT_TENANT_ID, now, newId };
    const made = await createApiKey(tx, context, { name: 'operator', scopes: SCOPES });
    return made.api_key;
  });
}

/** Makes the environment key's one secret what the variable holds. */
async function followEnvironment(tx: Tx, configured_key: string | undefined, now: Date): Promise<void> {
  const key_hash = configured_key === undefined ? null : hashApiKey(configured_key);
  const forgotten = await sql`
    delete from api_key_directory
    where owner_id = ${ROOT_TENANT_ID} and api_key_id = ${ENVIRONMENT_KEY_ID}
      and key_hash is distinct from ${key_hash}::bytea
    returning 1`.execute(tx);
  if (forgotten.rows.length > 0) await publishChange(tx, { topic: 'api_keys', tenant_id: ROOT_TENANT_ID });
  if (key_hash !== null && (await enterSecret(tx, key_hash))) return renewEnvironmentKey(tx, now);
  if (forgotten.rows.length === 0) return;
  await sql`
    update api_keys set revoked_at = coalesce(revoked_at, ${now})
    where tenant_id = ${ROOT_TENANT_ID} and api_key_id = ${ENVIRONMENT_KEY_ID}`.execute(tx);
}

/** True where the secret is new. One that was there stays as it is: in force, or revoked by hand. */
async function enterSecret(tx: Tx, key_hash: Buffer): Promise<boolean> {
  const entered = await sql`
    insert into api_key_directory (key_hash, owner_id, api_key_id)
    values (${key_hash}, ${ROOT_TENANT_ID}, ${ENVIRONMENT_KEY_ID})
    on conflict do nothing returning 1`.execute(tx);
  if (entered.rows.length > 0) return true;
  const own = await sql`
    select 1 from api_key_directory where key_hash = ${key_hash} and owner_id = ${ROOT_TENANT_ID}`.execute(
    tx,
  );
  if (own.rows.length > 0) return false;
  throw new ConfigError('TALLYSTICK_OPERATOR_KEY holds the key of a tenant; it takes an operator key');
}

async function renewEnvironmentKey(tx: Tx, now: Date): Promise<void> {
  await sql`
    insert into api_keys (tenant_id, api_key_id, name, scopes, created_at)
    values (${ROOT_TENANT_ID}, ${ENVIRONMENT_KEY_ID}, 'environment', ${SCOPES}, ${now})
    on conflict (tenant_id, api_key_id) do update
    set revoked_at = null, rotated_at = excluded.created_at`.execute(tx);
}

async function someOperatorKeyWorks(tx: Tx, now: Date): Promise<boolean> {
  const found = await sql`
    select 1 from api_keys
    join api_key_directory secret on secret.owner_id = api_keys.tenant_id and secret.api_key_id = api_keys.api_key_id
    where api_keys.tenant_id = ${ROOT_TENANT_ID} and 'admin' = any (api_keys.scopes)
      and api_keys.revoked_at is null
      and (api_keys.expires_at is null or api_keys.expires_at > ${now})
      and (secret.expires_at is null or secret.expires_at > ${now})
    limit 1`.execute(tx);
  return found.rows.length > 0;
}
