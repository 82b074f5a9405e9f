import { sql } from 'kysely';
import { inOtherTenant, type Tx } from '../db/index.ts';
import { TallystickError } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { type SubscriptionTier, type TierPin, tierColumns } from './tier.ts';

/** The version of a tier that the transaction's tenant is on. */
export async function tierOf(tx: Tx, tenant_id: string): Promise<SubscriptionTier> {
  const found = await sql<SubscriptionTier>`
    select ${tierColumns} from subscription_tiers
    where (tenant_id, tier_name, version) =
      (select tier_owner_id, tier_name, tier_version from tenants where tenant_id = ${tenant_id})`.execute(
    tx,
  );
  const tier = found.rows[0];
  if (tier === undefined) throw new Error(`the tier of ${tenant_id} is in no catalogue`);
  return tier;
}

/** A version of a tier by its pin, in whosever catalogue. `acting_id` is the transaction's tenant, before and after. */
export async function pinnedTier(tx: Tx, acting_id: string, pin: TierPin): Promise<SubscriptionTier> {
  const read = () =>
    sql<SubscriptionTier>`
      select ${tierColumns} from subscription_tiers
      where tenant_id = ${pin.tenant_id} and tier_name = ${pin.tier_name} and version = ${pin.version}`.execute(
      tx,
    );
  // Nearly always it stands in a catalogue that the tenant sees: its own, its seller's, or that of its present tier.
  const seen = await read();
  const tier = seen.rows[0] ?? (await inOtherTenant(tx, acting_id, pin.tenant_id, read)).rows[0];
  if (tier === undefined) throw new Error(`there is no version ${pin.version} of ${pin.tier_name}`);
  return tier;
}

/**
 * The present version of the tier that a name means to the tenants of a seller: the seller's own, else its seller's, else
 * the platform's. `acting_id` is the transaction's tenant, before and after. Fails with `request_invalid` where there is
 * none, or where it is archived.
 */
export async function findTier(
  tx: Tx,
  acting_id: string,
  seller_id: string,
  tier_name: string,
): Promise<SubscriptionTier> {
  const nearest = (tenant_id: string) =>
    inOtherTenant(tx, acting_id, tenant_id, () => findVisibleTier(tx, tenant_id, tier_name));
  const tier = (await nearest(seller_id)) ?? (await nearest(ROOT_TENANT_ID));
  if (tier === undefined) throw tierRefused(`"${tier_name}" is not a tier of the catalogue`);
  if (tier.archived) throw tierRefused(`"${tier_name}" is archived: nobody can move to it any more`);
  return tier;
}

/** Row security shows the catalogues of the transaction's tenant, of its seller, and of whose tier it is on. */
async function findVisibleTier(
  tx: Tx,
  tenant_id: string,
  tier_name: string,
): Promise<SubscriptionTier | undefined> {
  const found = await sql<SubscriptionTier>`
    select ${tierColumns} from subscription_tiers where tier_name = ${tier_name}
    order by (tenant_id = ${tenant_id}) desc, (tenant_id = ${ROOT_TENANT_ID}), version desc limit 1`.execute(
    tx,
  );
  return found.rows[0];
}

function tierRefused(detail: string): TallystickError {
  return new TallystickError('request_invalid', `body/tier_name: ${detail}`, {
    errors: [{ in: 'body', pointer: '/tier_name', detail }],
  });
}
