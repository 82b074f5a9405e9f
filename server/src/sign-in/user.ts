import { sql } from 'kysely';
import { setTenant, type Tx } from '../db/index.ts';

/** Somebody who may sign in. */
export interface User {
  user_id: string;
  /** The tenant that the user belongs to; the root's are operators. */
  tenant_id: string;
  name: string;
  /** In lower case. */
  email: string;
  created_at: Date;
}

export const userColumns = sql`id as user_id, owner_id as tenant_id, name, email, created_at`;

/**
 * Does `work` with no tenant set, which is where row security admits the tables of sign-in, and makes `tenant_id` the
 * transaction's tenant again; an error ends both.
 */
export async function outsideTenants<T>(tx: Tx, tenant_id: string, work: () => Promise<T>): Promise<T> {
  await sql`set local tallystick.tenant_id = ''`.execute(tx);
  const result = await work();
  await setTenant(tx, tenant_id);
  return result;
}

/** A user by e-mail address, in a transaction without a tenant. */
export async function findUserByEmail(tx: Tx, email: string): Promise<User | undefined> {
  const found = await sql<User>`
    select ${userColumns} from sign_in_users where email = ${email.toLowerCase()}`.execute(tx);
  return found.rows[0];
}
