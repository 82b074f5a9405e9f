import { sql } from 'kysely';
import { inOtherTenant, type Tx } from '../db/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { type SubscriptionTier, tierColumns } from './tier.ts';

/** Which tiers to list, newest first: after a position, at most `limit`. */
export interface TierPage {
  after?: { time: Date; id: string } | undefined;
  limit: number;
}

/**
 * The present versions of the tiers that count for the transaction's tenant: of its own catalogue, its seller's and the
 * platform's. `seller_id` is the tenant's seller, the root's its own.
 */
export async function listTiers(
  tx: Tx,
  tenant_id: string,
  seller_id: string,
  page: TierPage,
): Promise<SubscriptionTier[]> {
  const visible = await presentTiers(tx, [tenant_id, seller_id], page);
  if (tenant_id === ROOT_TENANT_ID || seller_id === ROOT_TENANT_ID) return visible;
  const platform = await inOtherTenant(tx, tenant_id, ROOT_TENANT_ID, () =>
    presentTiers(tx, [ROOT_TENANT_ID], page),
  );
  return [...visible, ...platform].sort(newestFirst).slice(0, page.limit);
}

/** A tier is as old as its first version, so that a new version does not move it in the list. */
async function presentTiers(
  tx: Tx,
  catalogues: readonly string[],
  { after, limit }: TierPage,
): Promise<SubscriptionTier[]> {
  const found = await sql<SubscriptionTier>`
    select ${tierColumns} from (
      select distinct on (tenant_id, tier_id) * from subscription_tiers
      where tenant_id = any(${catalogues}::uuid[]) order by tenant_id, tier_id, version desc) as present
    where ${after?.id ?? null}::uuid is null
      or (created_at, tier_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid)
    order by created_at desc, tier_id desc limit ${limit}`.execute(tx);
  return found.rows;
}

function newestFirst(one: SubscriptionTier, other: SubscriptionTier): number {
  return other.created_at.getTime() - one.created_at.getTime() || (one.tier_id < other.tier_id ? 1 : -1);
}
