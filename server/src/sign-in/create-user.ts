import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { lockTenant } from '../tenants/index.ts';
import { insertPassword, type PasswordHash } from './password.ts';
import { outsideTenants, type User, userColumns } from './user.ts';

/** A user to make. */
export interface UserRequest {
  email: string;
  /** The part of the address before the @ where it is left out. */
  name?: string | undefined;
  hash: PasswordHash;
}

/** A user with the password that nobody can read again. */
export interface NewUser extends User {
  password: string;
}

/** How many users a tenant may have. */
export const USERS_MAX = 200;

/**
 * Makes a user of the transaction's tenant; one of the root is an operator. Fails with `email_taken`, `users_too_many`,
 * and `not_found` where there is no such tenant.
 */
export async function createUser(
  tx: Tx,
  context: { tenant_id: string; now: Date; newId(at: Date): string },
  request: UserRequest,
): Promise<User> {
  const { tenant_id, now, newId } = context;
  const email = request.email.toLowerCase();
  const name = request.name ?? email.slice(0, email.indexOf('@'));
  // Under the lock what is counted stays counted.
  if (!(await lockTenant(tx, tenant_id))) fail('not_found', 'No such tenant.');
  return await outsideTenants(tx, tenant_id, async () => {
    await requireRoom(tx, tenant_id);
    const made = await sql<User>`
      insert into sign_in_users (id, owner_id, name, email, email_verified, created_at, updated_at)
      values (${newId(now)}, ${tenant_id}, ${name}, ${email}, false, ${now}, ${now})
      on conflict (email) do nothing returning ${userColumns}`.execute(tx);
    const user = made.rows[0] ?? fail('email_taken', `Somebody signs in as ${email} already.`);
    await insertPassword(tx, { id: newId(now), user_id: user.user_id, hash: request.hash, now });
    return user;
  });
}

async function requireRoom(tx: Tx, tenant_id: string): Promise<void> {
  const counted = await sql<{ users: bigint }>`
    select count(*) as users from sign_in_users where owner_id = ${tenant_id}`.execute(tx);
  if ((counted.rows[0]?.users ?? 0n) >= USERS_MAX)
    fail('users_too_many', `The tenant has ${USERS_MAX} users.`);
}
