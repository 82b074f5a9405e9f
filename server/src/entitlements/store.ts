import { sql } from 'kysely';
import type { TierPin } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';

/** A row of `feature_usage`: one use, as it was recorded. */
export interface FeatureUsage {
  feature_usage_id: string;
  feature: string;
  period_id: string;
  quantity: number;
  /** How much of it lay beyond the limit, and is paid. */
  overage_quantity: number;
  request_id: string;
  occurred_at: Date;
}

/** What a period has of a feature, and the version of the tier that what lies beyond its limit is rated by. */
export interface FeatureOverage {
  feature: string;
  used: bigint;
  overage_quantity: bigint;
  pin: TierPin;
}

/** How much a billing period has used of each feature. */
export async function usedInPeriod(
  tx: Tx,
  tenant_id: string,
  period_id: string,
): Promise<ReadonlyMap<string, number>> {
  const found = await sql<{ feature: string; used: bigint }>`
    select feature, used from feature_usage_periods
    where tenant_id = ${tenant_id} and period_id = ${period_id}`.execute(tx);
  return new Map(found.rows.map(({ feature, used }) => [feature, Number(used)]));
}

/** The features of which a billing period has used more than its limit, by name. */
export async function featureOverages(
  tx: Tx,
  tenant_id: string,
  period_id: string,
): Promise<FeatureOverage[]> {
  const found = await sql<
    Omit<FeatureOverage, 'pin'> & { tier_owner_id: string; tier_name: string; tier_version: number }
  >`
    select feature, used, overage_quantity, tier_owner_id, tier_name, tier_version from feature_usage_periods
    where tenant_id = ${tenant_id} and period_id = ${period_id} and overage_quantity > 0 order by feature`.execute(
    tx,
  );
  return found.rows.map(({ feature, used, overage_quantity, tier_owner_id, tier_name, tier_version }) => ({
    feature,
    used,
    overage_quantity,
    pin: { tenant_id: tier_owner_id, tier_name, version: tier_version },
  }));
}

/**
 * Adds to what a period has used of a feature, and answers how much it has now. Whoever adds to the same waits until the
 * transaction ends, so what was decided by the answer stays true.
 */
export async function addUse(
  tx: Tx,
  {
    tenant_id,
    period_id,
    feature,
    quantity,
  }: { tenant_id: string } & Pick<FeatureUsage, 'period_id' | 'feature' | 'quantity'>,
): Promise<number> {
  const added = await sql<{ used: bigint }>`
    insert into feature_usage_periods (tenant_id, period_id, feature, used, overage_quantity)
    values (${tenant_id}, ${period_id}, ${feature}, ${quantity}, 0)
    on conflict (tenant_id, period_id, feature) do update
      set used = feature_usage_periods.used + excluded.used
    returning used`.execute(tx);
  return Number(added.rows[0]?.used ?? 0);
}

/** Writes a use down, with what it adds to what lies beyond the limit. */
export async function insertUse(
  tx: Tx,
  tenant_id: string,
  use: FeatureUsage,
  pin: TierPin,
  recorded_at: Date,
): Promise<void> {
  const { period_id, feature, quantity, overage_quantity } = use;
  await sql`
    insert into feature_usage (tenant_id, feature_usage_id, feature, period_id, quantity, overage_quantity, request_id,
      tier_owner_id, tier_name, tier_version, occurred_at, recorded_at)
    values (${tenant_id}, ${use.feature_usage_id}, ${feature}, ${period_id}, ${quantity}, ${overage_quantity},
      ${use.request_id}, ${pin.tenant_id}, ${pin.tier_name}, ${pin.version}, ${use.occurred_at}, ${recorded_at})`.execute(
    tx,
  );
  if (overage_quantity === 0) return;
  await sql`
    update feature_usage_periods set overage_quantity = overage_quantity + ${overage_quantity},
      tier_owner_id = ${pin.tenant_id}, tier_name = ${pin.tier_name}, tier_version = ${pin.version}
    where tenant_id = ${tenant_id} and period_id = ${period_id} and feature = ${feature}`.execute(tx);
}
