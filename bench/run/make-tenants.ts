import { sql } from 'kysely';
import type { Database } from '../../server/src/db/index.ts';
import { newId, ROOT_TENANT_ID } from '../../server/src/id/index.ts';

/** Makes tenants of the operator, and answers their ids. */
export async function makeTenants(db: Database, count: number, now = new Date()): Promise<string[]> {
  const tenant_ids = Array.from({ length: count }, () => newId(now));
  await db.asOwner((tx) =>
    sql`
      insert into tenants (tenant_id, parent_tenant_id, name, currency, tier_name, created_at)
      select id, ${ROOT_TENANT_ID}, 'bench', 'USD', 'starter', ${now} from unnest(${tenant_ids}::uuid[]) as id`.execute(
      tx,
    ),
  );
  return tenant_ids;
}
