import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { outsideTenants, type User, userColumns } from './user.ts';

/** A page of the users of the transaction's tenant, newest first. */
export async function listUsers(
  tx: Tx,
  tenant_id: string,
  page: { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<User[]> {
  const { after, limit } = page;
  return await outsideTenants(tx, tenant_id, async () => {
    const found = await sql<User>`
      select ${userColumns} from sign_in_users
      where owner_id = ${tenant_id}
        and (${after?.id ?? null}::uuid is null
          or (created_at, id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by created_at desc, id desc limit ${limit}`.execute(tx);
    return found.rows;
  });
}
