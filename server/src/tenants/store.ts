import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** A row of `tenants`. Only the root has no `parent_tenant_id`. */
export interface Tenant {
  tenant_id: string;
  parent_tenant_id: string | null;
  name: string;
  slug: string | null;
  /** ISO 4217. */
  currency: string;
  /** The version of a tier that it is on: whose, which, and its number. */
  tier_owner_id: string;
  tier_name: string;
  tier_version: number;
  /** What the tenant may owe over all settlements of holds. */
  shortfall_cap_tokens: bigint;
  created_at: Date;
}

export const tenantColumns = sql`tenant_id, parent_tenant_id, name, slug, currency, tier_owner_id, tier_name,
  tier_version, shortfall_cap_tokens, created_at`;

/** A tenant that the transaction's tenant may see, or undefined. */
export async function findTenant(tx: Tx, tenant_id: string): Promise<Tenant | undefined> {
  const found = await sql<Tenant>`
    select ${tenantColumns} from tenants where tenant_id = ${tenant_id}`.execute(tx);
  return found.rows[0];
}

/** Which of these tenants are there and the transaction's to see. */
export async function tenantsAmong(tx: Tx, tenant_ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await sql<Pick<Tenant, 'tenant_id'>>`
    select tenant_id from tenants where tenant_id = any(${tenant_ids}::uuid[])`.execute(tx);
  return new Set(found.rows.map(({ tenant_id }) => tenant_id));
}

/**
 * Locks the row of the transaction's tenant, so that what is counted under the lock stays counted. Rows that refer to
 * the tenant may still be written. False where there is no such tenant.
 */
export async function lockTenant(tx: Tx, tenant_id: string): Promise<boolean> {
  const found = await sql`
    select 1 from tenants where tenant_id = ${tenant_id} for no key update`.execute(tx);
  return found.rows.length > 0;
}
