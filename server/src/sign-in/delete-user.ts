import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { outsideTenants } from './user.ts';

/**
 * Removes a user of the transaction's tenant: the sessions end with the next request, and the address is free again.
 * Fails with `not_found`.
 */
export async function deleteUser(tx: Tx, tenant_id: string, user_id: string): Promise<void> {
  const deleted = await outsideTenants(tx, tenant_id, () =>
    // Password and sessions go with their user.
    sql`delete from sign_in_users where owner_id = ${tenant_id} and id = ${user_id} returning 1`.execute(tx),
  );
  if (deleted.rows.length === 0) fail('not_found', 'No such user.');
}
