import { sql } from 'kysely';
import type { Clock } from '../clock/index.ts';
import { type Database, setTenant, type Tx } from '../db/index.ts';
import { hasValidChecksum, ROOT_TENANT_ID } from '../id/index.ts';
import { type ApiKey, isOver, type Scope } from './api-key.ts';

/** Who is calling, as an API key says or a person's session. One of `api_key_id` and `user_id` is there. */
export interface Caller {
  /** The tenant that owns the key or the user; the root for operators. */
  tenant_id: string;
  /** Absent in a session, which is neither limited nor counted as use of the API. */
  api_key_id?: string;
  /** Who has signed in. */
  user_id?: string;
  /** Operators act for the root, or for any tenant that Tallystick-Tenant or the path names. */
  operator: boolean;
  scopes: readonly Scope[];
}

/** Who calls with an API key. */
export interface KeyCaller extends Caller {
  api_key_id: string;
}

/** last_used_at may be this many milliseconds behind, so that a busy key costs one write a minute. */
const USE_RESOLUTION_MS = 60_000;

/** The form of the keys we make. Keys that the operator made up may look like anything else. */
const madeHere = /^tally_live_[0-9A-Za-z]{33}_[0-9A-Za-z]{6}$/;

/** Whether a text has the form of our keys and not their checksum: mistyped, and known as such without a look-up. */
export function isMistyped(api_key: string): boolean {
  return madeHere.test(api_key) && !hasValidChecksum(api_key);
}

/** A key by one of its secrets, as it was read: neither revoked nor over then. */
export interface UsableKey {
  caller: KeyCaller;
  /** When the key or the secret is over, whichever is first; null for never. */
  ends_at: Date | null;
  last_used_at: Date;
}

/** Whether the use of a key is to be noted at `now`. */
export function isUseDue(last_used_at: Date | null, now: Date): boolean {
  return last_used_at === null || now.getTime() - last_used_at.getTime() >= USE_RESOLUTION_MS;
}

/**
 * The key of a secret's hash, undefined where it is unknown, expired, revoked or rotated away. It notes the use as well,
 * where that is due. The look-up is by the hash, so its time tells nothing of how near a guess came.
 */
export async function readKey(
  db: Pick<Database, 'withoutTenant'>,
  clock: Clock,
  key_hash: Buffer,
): Promise<UsableKey | undefined> {
  return db.withoutTenant(async (tx) => {
    const secret = await findSecret(tx, key_hash);
    if (secret === undefined) return undefined;
    const { owner_id: tenant_id, api_key_id } = secret;
    const now = clock.now(tenant_id);
    await setTenant(tx, tenant_id);
    const key = await findKey(tx, tenant_id, api_key_id);
    if (key === undefined || key.revoked_at !== null) return undefined;
    const ends_at = earlier(key.expires_at, secret.expires_at);
    if (isOver(ends_at, now)) return undefined;
    let { last_used_at } = key;
    if (last_used_at === null || isUseDue(last_used_at, now)) {
      await markUsed(tx, key, now);
      last_used_at = now;
    }
    const caller = { tenant_id, api_key_id, operator: tenant_id === ROOT_TENANT_ID, scopes: key.scopes };
    return { caller, ends_at, last_used_at };
  });
}

function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one <= other ? one : other;
}

interface Secret {
  owner_id: string;
  api_key_id: string;
  expires_at: Date | null;
}

async function findSecret(tx: Tx, key_hash: Buffer): Promise<Secret | undefined> {
  const found = await sql<Secret>`
    select owner_id, api_key_id, expires_at from api_key_directory where key_hash = ${key_hash}`.execute(tx);
  return found.rows[0];
}

type KeyRow = Pick<
  ApiKey,
  'tenant_id' | 'api_key_id' | 'scopes' | 'expires_at' | 'revoked_at' | 'last_used_at'
>;

async function findKey(tx: Tx, tenant_id: string, api_key_id: string): Promise<KeyRow | undefined> {
  const found = await sql<KeyRow>`
    select tenant_id, api_key_id, scopes, expires_at, revoked_at, last_used_at from api_keys
    where tenant_id = ${tenant_id} and api_key_id = ${api_key_id}`.execute(tx);
  return found.rows[0];
}

/**
 * Notes the use of a key. It is no reason to wait or to fail: a row that another request holds is passed by, and an
 * error (a database that takes no writes just now) undoes this and no more.
 */
export async function markUsed(
  tx: Tx,
  { tenant_id, api_key_id }: Pick<KeyCaller, 'tenant_id' | 'api_key_id'>,
  now: Date,
): Promise<void> {
  await sql`savepoint mark_used`.execute(tx);
  try {
    await sql`
      update api_keys set last_used_at = ${now}
      where tenant_id = ${tenant_id} and api_key_id in (
        select api_key_id from api_keys where tenant_id = ${tenant_id} and api_key_id = ${api_key_id}
        for update skip locked)`.execute(tx);
  } catch {
    await sql`rollback to savepoint mark_used`.execute(tx);
  }
}
