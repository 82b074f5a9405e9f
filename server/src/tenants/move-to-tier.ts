import { sql } from 'kysely';
import { pinEndedPeriods } from '../billing/index.ts';
import { findTier, type SubscriptionTier, type TierPin } from '../catalog/index.ts';
import { publishChange, type Tx } from '../db/index.ts';
import { requireTenant } from './read-tenants.ts';

/**
 * Puts the transaction's tenant on a version of a tier from a time on; its limits follow at once here, and within a second
 * elsewhere. A billing period that was over by then is still rated by the tier that it had.
 */
export async function moveToTier(tx: Tx, tenant_id: string, tier: TierPin, at: Date): Promise<void> {
  await pinEndedPeriods(tx, tenant_id, at);
  await sql`
    update tenants set tier_owner_id = ${tier.tenant_id}, tier_name = ${tier.tier_name}, tier_version = ${tier.version}
    where tenant_id = ${tenant_id}`.execute(tx);
  await publishChange(tx, { topic: 'tenants', tenant_id });
}

/** What a tier's name means to a tenant: the present version of its seller. Fails with `request_invalid`. */
export async function sellersTier(tx: Tx, tenant_id: string, tier_name: string): Promise<SubscriptionTier> {
  const { parent_tenant_id } = await requireTenant(tx, tenant_id);
  return await findTier(tx, tenant_id, parent_tenant_id ?? tenant_id, tier_name);
}
