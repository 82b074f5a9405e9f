import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { findTenant, type Tenant, tenantColumns } from './store.ts';

/** A tenant that the transaction's tenant may see. Fails with `not_found`. */
export async function requireTenant(tx: Tx, tenant_id: string): Promise<Tenant> {
  return (await findTenant(tx, tenant_id)) ?? fail('not_found', 'No such tenant.');
}

/** Which tenants to list, newest first: after a position, at most `limit`. */
export interface TenantFilter {
  slug?: string | undefined;
  after?: { time: Date; id: string } | undefined;
  limit: number;
}

/** The tenants that a tenant sells to; not those that these sell to in turn. */
export async function listTenants(tx: Tx, seller_id: string, filter: TenantFilter): Promise<Tenant[]> {
  const { slug = null, after } = filter;
  const found = await sql<Tenant>`
    select ${tenantColumns} from tenants
    where parent_tenant_id = ${seller_id}
      and (${slug}::text is null or slug = ${slug})
      and (${after?.id ?? null}::uuid is null
        or (created_at, tenant_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, tenant_id desc limit ${filter.limit}`.execute(tx);
  return found.rows;
}
