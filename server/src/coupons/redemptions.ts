import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { type CouponRedemption, isInForce } from './coupon.ts';

export const redemptionColumns = sql`coupon_redemption_id, seller_id, coupon_id, code,
  trim_scale(percent_off) as percent_off, amount_off_cents, currency, duration, starts_at, ends_at, used_count, ended_at`;

/** A page of what the transaction's tenant redeemed, newest first: after a position, at most `limit`. */
export async function listRedemptions(
  tx: Tx,
  tenant_id: string,
  { after, limit }: { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<CouponRedemption[]> {
  const found = await sql<CouponRedemption>`
    select ${redemptionColumns} from coupon_redemptions
    where tenant_id = ${tenant_id} and (${after?.id ?? null}::uuid is null
      or (starts_at, coupon_redemption_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by starts_at desc, coupon_redemption_id desc limit ${limit}`.execute(tx);
  return found.rows;
}

/**
 * The redemptions that take something off an invoice of the transaction's tenant, in the order in which discountLines()
 * takes them. They stay as they are until the transaction ends, so that none is used twice.
 */
export async function lockRedemptionsInForce(
  tx: Tx,
  tenant_id: string,
  at: Date,
): Promise<CouponRedemption[]> {
  const found = await sql<CouponRedemption>`
    select ${redemptionColumns} from coupon_redemptions
    where tenant_id = ${tenant_id} and starts_at <= ${at} and ended_at is null
    order by starts_at, coupon_redemption_id for update`.execute(tx);
  return found.rows.filter((redemption) => isInForce(redemption, at));
}

/** Counts an invoice for each redemption that took something off it; one for once is then used up. */
export async function countRedemptionUses(
  tx: Tx,
  tenant_id: string,
  redemptions: readonly Pick<CouponRedemption, 'coupon_redemption_id'>[],
): Promise<void> {
  if (redemptions.length === 0) return;
  const ids = redemptions.map(({ coupon_redemption_id }) => coupon_redemption_id);
  await sql`
    update coupon_redemptions set used_count = used_count + 1
    where tenant_id = ${tenant_id} and coupon_redemption_id = any(${ids}::uuid[])`.execute(tx);
}

/** Gives back what an invoice used that is taken back. */
export async function uncountRedemptionUses(
  tx: Tx,
  tenant_id: string,
  coupon_redemption_ids: readonly string[],
): Promise<void> {
  if (coupon_redemption_ids.length === 0) return;
  await sql`
    update coupon_redemptions set used_count = used_count - 1
    where tenant_id = ${tenant_id} and coupon_redemption_id = any(${coupon_redemption_ids}::uuid[])`.execute(
    tx,
  );
}

/** Takes a redemption of the transaction's tenant back, from now on. Fails with `not_found`, also the second time. */
export async function endRedemption(
  tx: Tx,
  { tenant_id, now }: { tenant_id: string; now: Date },
  coupon_redemption_id: string,
): Promise<void> {
  const ended = await sql`
    update coupon_redemptions set ended_at = ${now}
    where tenant_id = ${tenant_id} and coupon_redemption_id = ${coupon_redemption_id} and ended_at is null
    returning 1`.execute(tx);
  if (ended.rows.length === 0) fail('not_found', 'No such redemption of a coupon.');
}
