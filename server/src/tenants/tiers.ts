import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { TallystickError } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { requireTenant } from './read-tenants.ts';
import { findTenant, inOtherTenant } from './store.ts';

/** A row of `subscription_tiers`. `tenant_id` is whose catalogue it stands in. */
export interface SubscriptionTier {
  tenant_id: string;
  tier_id: string;
  tier_name: string;
  title: string;
  may_have_child_tenants: boolean;
  /** Successful API calls of a billing period that cost nothing; null where none costs anything. */
  included_api_calls: bigint | null;
  /** Calls a minute that its tenants may make; null for no such limit. */
  calls_per_minute: number | null;
  created_at: Date;
}

const tierColumns = sql`tenant_id, tier_id, tier_name, title, may_have_child_tenants, included_api_calls,
  calls_per_minute, created_at`;

/**
 * The tier that the transaction's tenant is on; undefined where its name has left the catalogue. A tier is named in the
 * catalogue of who sold it: the root's stands in its own.
 */
export async function tierOf(tx: Tx, tenant_id: string): Promise<SubscriptionTier | undefined> {
  const tenant = await requireTenant(tx, tenant_id);
  return findTier(tx, tenant_id, tenant.parent_tenant_id ?? tenant_id, tenant.tier_name);
}

/**
 * The tier that a name means to the tenants of a seller: the seller's own, else its seller's, else the platform's.
 * `acting_id` is the transaction's tenant, before and after.
 */
export async function findTier(
  tx: Tx,
  acting_id: string,
  seller_id: string,
  tier_name: string,
): Promise<SubscriptionTier | undefined> {
  const nearest = (tenant_id: string) =>
    inOtherTenant(tx, acting_id, tenant_id, () => findVisibleTier(tx, tenant_id, tier_name));
  return (await nearest(seller_id)) ?? (await nearest(ROOT_TENANT_ID));
}

/** Row security shows the catalogues of the transaction's tenant and of its seller. */
async function findVisibleTier(
  tx: Tx,
  tenant_id: string,
  tier_name: string,
): Promise<SubscriptionTier | undefined> {
  const found = await sql<SubscriptionTier>`
    select ${tierColumns} from subscription_tiers where tier_name = ${tier_name}
    order by (tenant_id = ${tenant_id}) desc limit 1`.execute(tx);
  return found.rows[0];
}

/** The refusal of a tier that a seller's tenants cannot have. */
export function tierUnknown(tier_name: string): TallystickError {
  const detail = `"${tier_name}" is not a tier of the catalogue`;
  return new TallystickError('request_invalid', `body/tier_name: ${detail}`, {
    errors: [{ in: 'body', pointer: '/tier_name', detail }],
  });
}

/** Which tiers to list, newest first: after a position, at most `limit`. */
export interface TierPage {
  after?: { time: Date; id: string } | undefined;
  limit: number;
}

/** The tiers of the catalogues that count for a tenant: its own, its seller's and the platform's. */
export async function listTiers(tx: Tx, tenant_id: string, page: TierPage): Promise<SubscriptionTier[]> {
  const visible = await visibleTiers(tx, page);
  const seller_id = (await findTenant(tx, tenant_id))?.parent_tenant_id ?? ROOT_TENANT_ID;
  if (seller_id === ROOT_TENANT_ID) return visible;
  const platform = await inOtherTenant(tx, tenant_id, ROOT_TENANT_ID, () => visibleTiers(tx, page));
  return [...visible, ...platform].sort(newestFirst).slice(0, page.limit);
}

async function visibleTiers(tx: Tx, { after, limit }: TierPage): Promise<SubscriptionTier[]> {
  const found = await sql<SubscriptionTier>`
    select ${tierColumns} from subscription_tiers
    where ${after?.id ?? null}::uuid is null
      or (created_at, tier_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid)
    order by created_at desc, tier_id desc limit ${limit}`.execute(tx);
  return found.rows;
}

function newestFirst(one: SubscriptionTier, other: SubscriptionTier): number {
  return other.created_at.getTime() - one.created_at.getTime() || (one.tier_id < other.tier_id ? 1 : -1);
}
