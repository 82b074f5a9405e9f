import { sql } from 'kysely';
import { readBillingDetails } from '../billing-details/index.ts';
import { inOtherTenant, type Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { requireTenant } from '../tenants/index.ts';
import type { Coupon, CouponRedemption } from './coupon.ts';
import { monthsAfter } from './redemption-end.ts';
import { redemptionColumns } from './redemptions.ts';
import { couponColumns } from './sell-coupons.ts';

/**
 * Redeems a coupon of the seller for the transaction's tenant, from now on. The coupon's row is locked until the
 * transaction ends, so that no more redeem it than may. Fails with `coupon_not_redeemable` and `coupon_redeemed`.
 */
export async function redeemCoupon(
  tx: Tx,
  { tenant_id, now, newId }: { tenant_id: string; now: Date; newId(at: Date): string },
  code: string,
): Promise<CouponRedemption> {
  const { parent_tenant_id: seller_id, currency } = await requireTenant(tx, tenant_id);
  if (seller_id === null) fail('coupon_not_redeemable', 'Nobody sells to this tenant.');
  const coupon = await inOtherTenant(tx, tenant_id, seller_id, async () => {
    const found = await lockCoupon(tx, seller_id, code);
    requireRedeemable(found, currency, now);
    await sql`
      update coupons set redemptions = redemptions + 1
      where tenant_id = ${seller_id} and coupon_id = ${found.coupon_id}`.execute(tx);
    return found;
  });
  const { time_zone } = await readBillingDetails(tx, tenant_id);
  const { coupon_id, percent_off, amount_off_cents, duration, duration_months } = coupon;
  const ends_at = duration_months === null ? null : monthsAfter(now, duration_months, time_zone);
  const made = await sql<CouponRedemption>`
    insert into coupon_redemptions (tenant_id, coupon_redemption_id, seller_id, coupon_id, code, percent_off,
      amount_off_cents, currency, duration, starts_at, ends_at)
    values (${tenant_id}, ${newId(now)}, ${seller_id}, ${coupon_id}, ${code}, ${percent_off}::numeric,
      ${amount_off_cents}, ${coupon.currency}, ${duration}, ${now}, ${ends_at})
    on conflict (tenant_id, seller_id, coupon_id) do nothing
    returning ${redemptionColumns}`.execute(tx);
  // The refusal ends the transaction, and with it the count.
  return made.rows[0] ?? fail('coupon_redeemed', `This tenant has redeemed ${code} before.`);
}

async function lockCoupon(tx: Tx, seller_id: string, code: string): Promise<Coupon> {
  const found = await sql<Coupon>`
    select ${couponColumns} from coupons where tenant_id = ${seller_id} and code = ${code} for update`.execute(
    tx,
  );
  return found.rows[0] ?? fail('coupon_not_redeemable', `There is no coupon ${code}.`);
}

function requireRedeemable(coupon: Coupon, currency: string, now: Date): void {
  const refuse = (detail: string) => fail('coupon_not_redeemable', `The coupon ${coupon.code} ${detail}.`);
  const { active, redeem_by, max_redemptions, redemptions } = coupon;
  if (!active) refuse('is not active');
  if (redeem_by !== null && redeem_by <= now) refuse(`could be redeemed until ${redeem_by.toISOString()}`);
  if (max_redemptions !== null && redemptions >= max_redemptions)
    refuse(`has been redeemed ${redemptions} times, as often as it may be`);
  if (coupon.currency !== null && coupon.currency !== currency)
    refuse(`takes ${coupon.currency} off, and the tenant is billed in ${currency}`);
}
