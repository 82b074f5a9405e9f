import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** The scrypt hash of a password, as better-auth writes it. A type of its own, so that no password is stored as one. */
export type PasswordHash = string & { readonly brand: 'scrypt' };

/** Hashes a password, off this thread. It takes some 50 ms and is not for inside a transaction. */
export async function hashOf(password: string): Promise<PasswordHash> {
  const { hashPassword } = await import('better-auth/crypto');
  return (await hashPassword(password)) as PasswordHash;
}

/** Whether a password has this hash; takes as long as hashOf(). */
export async function hasHash(password: string, hash: string): Promise<boolean> {
  const { verifyPassword } = await import('better-auth/crypto');
  return await verifyPassword({ hash, password });
}

/** What better-auth calls a password in its table of accounts. */
const PROVIDER = 'credential';

/** Gives a new user the password with which to sign in, in a transaction without a tenant. */
export async function insertPassword(
  tx: Tx,
  account: { id: string; user_id: string; hash: PasswordHash; now: Date },
): Promise<void> {
  const { id, user_id, hash, now } = account;
  await sql`
    insert into sign_in_accounts (id, user_id, account_id, provider_id, password, created_at, updated_at)
    values (${id}, ${user_id}, ${user_id}, ${PROVIDER}, ${hash}, ${now}, ${now})`.execute(tx);
}

/** Replaces a user's password and ends all sessions of the user. */
export async function replacePassword(tx: Tx, user_id: string, hash: PasswordHash, now: Date): Promise<void> {
  await sql`
    update sign_in_accounts set password = ${hash}, updated_at = ${now}
    where user_id = ${user_id} and provider_id = ${PROVIDER}`.execute(tx);
  await sql`delete from sign_in_sessions where user_id = ${user_id}`.execute(tx);
}

/** The hash of a user's password. */
export async function readPasswordHash(tx: Tx, user_id: string): Promise<string | undefined> {
  const found = await sql<{ password: string }>`
    select password from sign_in_accounts
    where user_id = ${user_id} and provider_id = ${PROVIDER} and password is not null`.execute(tx);
  return found.rows[0]?.password;
}
