import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { hashApiKey, makeApiKey } from '../id/index.ts';

/** What a key may be used for: `admin` contains `write`, and `write` contains `read`. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A row of `api_keys`: all there is to know of a key but its secret. */
export interface ApiKey {
  tenant_id: string;
  api_key_id: string;
  name: string;
  scopes: Scope[];
  expires_at: Date | null;
  revoked_at: Date | null;
  /** When it last got another secret. */
  rotated_at: Date | null;
  /** Up to a minute behind. */
  last_used_at: Date | null;
  created_at: Date;
}

/** A key with the secret it just got; nobody can read that again. */
export interface NewApiKey extends ApiKey {
  api_key: string;
}

/** The row that stands for whatever TALLYSTICK_OPERATOR_KEY holds, among the keys of the root. */
export const ENVIRONMENT_KEY_ID = '01900000-0000-7000-8000-000000000021';

/** How many keys of a tenant may be unrevoked. */
export const API_KEYS_MAX = 200;

/** How many secrets of one key may work at a time. */
export const SECRETS_MAX = 10;

export const apiKeyColumns = sql`tenant_id, api_key_id, name, scopes, expires_at, revoked_at, rotated_at, last_used_at,
  created_at`;

/** Locks a key of the transaction's tenant against being rotated or revoked meanwhile. Fails with `not_found`. */
export async function lockApiKey(tx: Tx, tenant_id: string, api_key_id: string): Promise<ApiKey> {
  const found = await sql<ApiKey>`
    select ${apiKeyColumns} from api_keys
    where tenant_id = ${tenant_id} and api_key_id = ${api_key_id} for update`.execute(tx);
  return found.rows[0] ?? fail('not_found', 'No such API key.');
}

/** Whether the time of a key or of a secret is over; null never ends. */
export function isOver(expires_at: Date | null, now: Date): boolean {
  return expires_at !== null && expires_at <= now;
}

/** Gives a key a new secret, and answers it. */
export async function giveSecret(tx: Tx, tenant_id: string, api_key_id: string): Promise<string> {
  const api_key = makeApiKey();
  await sql`
    insert into api_key_directory (key_hash, owner_id, api_key_id)
    values (${hashApiKey(api_key)}, ${tenant_id}, ${api_key_id})`.execute(tx);
  return api_key;
}
