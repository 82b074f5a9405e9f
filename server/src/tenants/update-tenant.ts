import { sql } from 'kysely';
import { publishChange, type Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { moveToTier, sellersTier } from './move-to-tier.ts';
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
  context: { tenant_id: string; operator: boolean; now: Date },
  changes: TenantChanges,
): Promise<Tenant> {
  const { tenant_id } = context;
  const { name = null, tier_name = null, shortfall_cap_tokens = null } = changes;
  if (!context.operator && (tier_name !== null || shortfall_cap_tokens !== null)) {
    fail('operator_only', 'Only the operator changes tier_name and shortfall_cap_tokens.');
  }
  if (tier_name !== null)
    await moveToTier(tx, tenant_id, await sellersTier(tx, tenant_id, tier_name), context.now);
  const changed = await sql<Tenant>`
    update tenants set name = coalesce(${name}::text, name),
      shortfall_cap_tokens = coalesce(${shortfall_cap_tokens}::bigint, shortfall_cap_tokens)
    where tenant_id = ${tenant_id}
    returning ${tenantColumns}`.execute(tx);
  await publishChange(tx, { topic: 'tenants', tenant_id });
  return changed.rows[0] ?? fail('not_found', 'No such tenant.');
}
