import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/**
 * What tenants are called, in one statement, also one whose row the transaction's tenant does not see: its seller's, which
 * a document names. `acting_id` is the transaction's tenant, before and after.
 */
export async function tenantNames(
  tx: Tx,
  acting_id: string,
  tenant_ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (tenant_ids.length === 0) return new Map();
  const found = await sql<{ tenant_id: string; name: string | null }>`
    select tenant_id, tallystick.tenant_name(${acting_id}::uuid, tenant_id) as name
    from unnest(${tenant_ids}::uuid[]) as named (tenant_id)`.execute(tx);
  return new Map(found.rows.map(({ tenant_id, name }) => [tenant_id, name ?? '']));
}
