import { sql } from 'kysely';
import { findTier, type SubscriptionTier } from '../catalog/index.ts';
import { publishChange, type Tx } from '../db/index.ts';
import { requireTenant } from '../tenants/index.ts';

/** The tier of whoever has no subscription. */
const FALLBACK_TIER = 'free';

/**
 * Puts the transaction's tenant on a version of a tier from a time on; its limits follow at once here, and within a second
 * elsewhere. A billing period that was over by then is still rated by the tier that it had.
 */
export async function moveTenant(
  tx: Tx,
  tenant_id: string,
  {
    tier_owner_id,
    tier_name,
    tier_version,
  }: { tier_owner_id: string; tier_name: string; tier_version: number },
  at: Date,
): Promise<void> {
  await sql`
    update billing_periods p set tier_owner_id = t.tier_owner_id, tier_name = t.tier_name, tier_version = t.tier_version
    from tenants t
    where t.tenant_id = ${tenant_id} and p.tenant_id = ${tenant_id} and p.status = 'open' and p.ends_at <= ${at}
      and p.tier_name is null`.execute(tx);
  await sql`
    update tenants set tier_owner_id = ${tier_owner_id}, tier_name = ${tier_name}, tier_version = ${tier_version}
    where tenant_id = ${tenant_id}`.execute(tx);
  await publishChange(tx, { topic: 'tenants', tenant_id });
}

/** Puts a tenant back on the present free tier of its seller. */
export async function moveToFree(tx: Tx, tenant_id: string, at: Date): Promise<void> {
  const tier = await sellersTier(tx, tenant_id, FALLBACK_TIER);
  const pin = {
    tier_owner_id: tier.tenant_id,
    tier_name: tier.tier_name,
    tier_version: tier.version,
  };
  await moveTenant(tx, tenant_id, pin, at);
}

/** What a tier's name means to a tenant. Fails with `request_invalid`. */
export async function sellersTier(tx: Tx, tenant_id: string, tier_name: string): Promise<SubscriptionTier> {
  const { parent_tenant_id } = await requireTenant(tx, tenant_id);
  return await findTier(tx, tenant_id, parent_tenant_id ?? tenant_id, tier_name);
}
