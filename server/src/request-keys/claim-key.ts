import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { type ErrorCode, fail } from '../errors/index.ts';
import type { Json } from '../json/index.ts';

/** Names one row of request_keys. */
export interface KeyName {
  tenant_id: string;
  /** `http:METHOD /pattern` for headers; `usage`, `holds`, `purchases` and so on for domains. */
  namespace: string;
  key: string;
}

/** A claim: the key, what it is bound to, and for how long. */
export interface KeyClaim extends KeyName {
  /** SHA-256 of the canonical request, from bodyHash(). */
  body_hash: Uint8Array;
  now: Date;
  /** The code thrown where the key is bound to another request. */
  reused_code: Extract<ErrorCode, `${string}_reused`>;
  /** When the stored answer may go; absent means never. An open claim never goes by itself. */
  expires_at?: Date | undefined;
  /** The record the claim stands for, such as a payment intent. */
  ref_id?: string | undefined;
}

/** What a claim found. */
export type ClaimResult =
  /** The key was free and is now this caller's. */
  | { state: 'claimed' }
  /** Another transaction committed a claim and has no answer yet: join its record. */
  | { state: 'in_flight'; ref_id: string | null; created_at: Date }
  /** The same request was answered: repeat that answer. */
  | { state: 'completed'; status: number; body: Json; ref_id: string | null };

interface KeyRow {
  status_code: number | null;
  response: Json;
  ref_id: string | null;
  created_at: Date;
  expires_at: Date | null;
  same_body: boolean;
}

/**
 * Claims a key for this transaction. A twin whose transaction is open makes the insert wait for it
 * (SQLSTATE 55P03 when lock_timeout passes, which HTTP answers with request_in_flight). An answered
 * key that has expired counts as absent and is taken over. Throws `reused_code` where the key is
 * bound to another body. Needs READ COMMITTED, so that the row a twin just committed can be read.
 */
export async function claimKey(tx: Tx, claim: KeyClaim): Promise<ClaimResult> {
  const inserted = await sql`
    INSERT INTO request_keys (tenant_id, namespace, key, body_hash, ref_id, created_at, expires_at)
    VALUES (${claim.tenant_id}, ${claim.namespace}, ${claim.key}, ${claim.body_hash},
      ${claim.ref_id ?? null}, ${claim.now}, ${claim.expires_at ?? null})
    ON CONFLICT (tenant_id, namespace, key) DO UPDATE
      SET body_hash = excluded.body_hash, status_code = NULL, response = NULL, ref_id = excluded.ref_id,
        created_at = excluded.created_at, expires_at = excluded.expires_at
      WHERE request_keys.expires_at <= excluded.created_at AND request_keys.status_code IS NOT NULL
    RETURNING 1`.execute(tx);
  if (inserted.rows.length > 0) return { state: 'claimed' };
  return readClaim(tx, claim);
}

/** Reads the row that stood in the way; ON CONFLICT has locked it, so it cannot vanish meanwhile. */
async function readClaim(tx: Tx, claim: KeyClaim): Promise<ClaimResult> {
  const row = await readRow(tx, claim);
  if (row === undefined) throw new Error('a request key vanished under its lock');
  return resultOf(row, claim);
}

/**
 * What a key is bound to, without claiming it; undefined where it is free, or where its answer has expired. Throws
 * `reused_code` where it is bound to another body.
 */
export async function findKey(tx: Tx, claim: KeyClaim): Promise<ClaimResult | undefined> {
  const row = await readRow(tx, claim);
  if (row === undefined) return undefined;
  if (row.status_code !== null && row.expires_at !== null && row.expires_at <= claim.now) return undefined;
  return resultOf(row, claim);
}

async function readRow(tx: Tx, claim: KeyClaim): Promise<KeyRow | undefined> {
  const found = await sql<KeyRow>`
    SELECT status_code, response, ref_id, created_at, expires_at, body_hash = ${claim.body_hash} AS same_body
    FROM request_keys
    WHERE tenant_id = ${claim.tenant_id} AND namespace = ${claim.namespace} AND key = ${claim.key}`.execute(
    tx,
  );
  return found.rows[0];
}

function resultOf(row: KeyRow, claim: KeyClaim): ClaimResult {
  if (!row.same_body) fail(claim.reused_code, `"${claim.key}" belongs to a request with other contents.`);
  if (row.status_code === null) return { state: 'in_flight', ref_id: row.ref_id, created_at: row.created_at };
  return { state: 'completed', status: row.status_code, body: row.response, ref_id: row.ref_id };
}

/**
 * Stores the answer under a claimed key: its JSON text, or the id of the row that has it. A caller which sends the same
 * text serialises it once. `expires_at`, where given, replaces the claim's: an answer that came
 * late is still kept its full time.
 */
export async function completeKey(
  tx: Tx,
  name: KeyName,
  answer: { status: number; response_text?: string; ref_id?: string; expires_at?: Date },
): Promise<void> {
  const updated = await sql`
    UPDATE request_keys
    SET status_code = ${answer.status}, response = ${answer.response_text ?? null}::jsonb,
      ref_id = coalesce(${answer.ref_id ?? null}::uuid, ref_id),
      expires_at = coalesce(${answer.expires_at ?? null}::timestamptz, expires_at)
    WHERE tenant_id = ${name.tenant_id} AND namespace = ${name.namespace} AND key = ${name.key}
    RETURNING 1`.execute(tx);
  if (updated.rows.length !== 1) throw new Error('a request key was completed that nobody had claimed');
}

/**
 * Whether a committed claim without an answer is still the one that was made with this `ref_id` at this time: somebody
 * may have taken it over meanwhile. It is locked, so that it stays so.
 */
export async function ownsClaim(
  tx: Tx,
  name: KeyName,
  claim: { ref_id: string; created_at: Date },
): Promise<boolean> {
  const found = await sql`
    SELECT 1 FROM request_keys
    WHERE tenant_id = ${name.tenant_id} AND namespace = ${name.namespace} AND key = ${name.key}
      AND status_code IS NULL AND ref_id = ${claim.ref_id} AND created_at = ${claim.created_at}
    FOR UPDATE`.execute(tx);
  return found.rows.length > 0;
}

/** Makes a committed claim without an answer this caller's, from now on: who made it is not there any more. */
export async function takeOverKey(
  tx: Tx,
  name: KeyName,
  claim: { ref_id: string; created_at: Date },
): Promise<void> {
  await sql`
    UPDATE request_keys SET ref_id = ${claim.ref_id}, created_at = ${claim.created_at}
    WHERE tenant_id = ${name.tenant_id} AND namespace = ${name.namespace} AND key = ${name.key}
      AND status_code IS NULL`.execute(tx);
}

/** Frees a committed claim that came to nothing, so that the key may be tried again. Answered keys stay. */
export async function releaseKey(tx: Tx, name: KeyName): Promise<void> {
  await sql`
    DELETE FROM request_keys
    WHERE tenant_id = ${name.tenant_id} AND namespace = ${name.namespace} AND key = ${name.key}
      AND status_code IS NULL`.execute(tx);
}
