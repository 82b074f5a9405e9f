import { sql } from 'kysely';
import { findTier, type SubscriptionTier } from '../catalog/index.ts';
import { publishChange, type Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { requireTenant } from './read-tenants.ts';
import { type Tenant, tenantColumns } from './store.ts';

/** What may change; what is left out stays. The last two are the operator's. */
export interface TenantChanges {
  name?: string | undefined;
  tier_name?: string | undefined;
  /** 0 to 2^53-1. */
  shortfall_cap_tokens?: number | undefined;
}

/**
 * Changes the transaction's tenant. Fails with `operator_only` where anybody else names a field of the operator, and
 * with `request_invalid` for a tier that is not in the catalogue.
 */
export async function updateTenant(
  tx: Tx,
  context: { tenant_id: string; operator: boolean },
  changes: TenantChanges,
): Promise<Tenant> {
  const { tenant_id } = context;
  const { name = null, tier_name = null, shortfall_cap_tokens = null } = changes;
  if (!context.operator && (tier_name !== null || shortfall_cap_tokens !== null)) {
    fail('operator_only', 'Only the operator changes tier_name and shortfall_cap_tokens.');
  }
  const tier = tier_name === null ? undefined : await soldTier(tx, tenant_id, tier_name);
  const changed = await sql<Tenant>`
    update tenants set name = coalesce(${name}::text, name), tier_name = coalesce(${tier_name}::text, tier_name),
      tier_owner_id = coalesce(${tier?.tenant_id ?? null}::uuid, tier_owner_id),
      tier_version = coalesce(${tier?.version ?? null}::integer, tier_version),
      shortfall_cap_tokens = coalesce(${shortfall_cap_tokens}::bigint, shortfall_cap_tokens)
    where tenant_id = ${tenant_id}
    returning ${tenantColumns}`.execute(tx);
  await publishChange(tx, { topic: 'tenants', tenant_id });
  return changed.rows[0] ?? fail('not_found', 'No such tenant.');
}

async function soldTier(tx: Tx, tenant_id: string, tier_name: string): Promise<SubscriptionTier> {
  const tenant = await requireTenant(tx, tenant_id);
  return await findTier(tx, tenant_id, tenant.parent_tenant_id ?? tenant_id, tier_name);
}
