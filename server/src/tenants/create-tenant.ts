import { sql } from 'kysely';
import { findTier, tierOf } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { type Tenant, tenantColumns } from './store.ts';

/** A tenant to make. */
export interface TenantRequest {
  name: string;
  /** Unique among the tenants of the seller; without one the tenant has none. */
  slug?: string | undefined;
  /** ISO 4217. */
  currency: string;
  tier_name: string;
}

/** Who makes it: `seller_id` is the transaction's tenant. The operator may sell whatever the seller's tier says. */
export interface SellerContext {
  seller_id: string;
  operator: boolean;
  now: Date;
  newId(at: Date): string;
}

/**
 * Makes a tenant of the acting one. Fails with `tier_without_children` where the seller's tier allows none,
 * `request_invalid` for a tier that is not in the catalogue, and `slug_taken`.
 */
export async function createTenant(tx: Tx, context: SellerContext, request: TenantRequest): Promise<Tenant> {
  const { seller_id, now } = context;
  if (!context.operator) await requireMayHaveChildren(tx, seller_id);
  const tier = await findTier(tx, seller_id, seller_id, request.tier_name);
  const tenant_id = context.newId(now);
  const slug = request.slug ?? null;
  if (slug !== null) await takeSlug(tx, seller_id, slug, tenant_id);
  const made = await sql<Tenant>`
    insert into tenants (tenant_id, parent_tenant_id, name, slug, currency, tier_owner_id, tier_name,
      tier_version, created_at)
    values (${tenant_id}, ${seller_id}, ${request.name}, ${slug}, ${request.currency}, ${tier.tenant_id},
      ${tier.tier_name}, ${tier.version}, ${now})
    returning ${tenantColumns}`.execute(tx);
  return made.rows[0] ?? fail('not_found', 'No such tenant.');
}

/** Fails with `tier_without_children` where the tier of the transaction's tenant includes none. */
export async function requireMayHaveChildren(tx: Tx, tenant_id: string): Promise<void> {
  const tier = await tierOf(tx, tenant_id);
  if (tier.may_have_child_tenants === true) return;
  fail('tier_without_children', `The tier "${tier.tier_name}" does not include child tenants.`);
}

/** A twin in another process makes the insert wait until it is known whether the slug is really taken. */
async function takeSlug(tx: Tx, seller_id: string, slug: string, tenant_id: string): Promise<void> {
  const taken = await sql`
    insert into tenant_slugs (tenant_id, slug, child_tenant_id) values (${seller_id}, ${slug}, ${tenant_id})
    on conflict (tenant_id, slug) do nothing returning 1`.execute(tx);
  if (taken.rows.length === 0) fail('slug_taken', `The slug "${slug}" is taken.`);
}
