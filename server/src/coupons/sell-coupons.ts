import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import type { Coupon, CouponDuration } from './coupon.ts';

export const couponColumns = sql`coupon_id, code, trim_scale(percent_off) as percent_off, amount_off_cents, currency,
  duration, duration_months, max_redemptions, redeem_by, active, redemptions, created_at, updated_at`;

/** A coupon to give out. One of percent_off and amount_off_cents is there, and a currency with the latter. */
export interface CouponRequest {
  code: string;
  /** Above 0 to 100, at most 4 digits after the point. */
  percent_off?: number | undefined;
  amount_off_cents?: number | undefined;
  currency?: string | undefined;
  duration: CouponDuration;
  duration_months?: number | undefined;
  max_redemptions?: number | undefined;
  redeem_by?: Date | undefined;
}

/** Makes a coupon of the transaction's tenant, the seller. Fails with `coupon_code_taken`. */
export async function createCoupon(
  tx: Tx,
  { tenant_id, now, newId }: { tenant_id: string; now: Date; newId(at: Date): string },
  request: CouponRequest,
): Promise<Coupon> {
  const { code, percent_off, amount_off_cents = null, currency = null, duration } = request;
  const { duration_months = null, max_redemptions = null, redeem_by = null } = request;
  const percent = percent_off === undefined ? null : String(percent_off);
  const made = await sql<Coupon>`
    insert into coupons (tenant_id, coupon_id, code, percent_off, amount_off_cents, currency, duration,
      duration_months, max_redemptions, redeem_by, active, created_at, updated_at)
    values (${tenant_id}, ${newId(now)}, ${code}, ${percent}::numeric, ${amount_off_cents}, ${currency}, ${duration},
      ${duration_months}, ${max_redemptions}, ${redeem_by}, true, ${now}, ${now})
    on conflict (tenant_id, code) do nothing
    returning ${couponColumns}`.execute(tx);
  return made.rows[0] ?? fail('coupon_code_taken', `There is a coupon ${code}.`);
}

/** Lets a coupon be redeemed, or no longer. What was redeemed stays. Fails with `not_found`. */
export async function setCouponActive(
  tx: Tx,
  { tenant_id, now }: { tenant_id: string; now: Date },
  coupon_id: string,
  active: boolean,
): Promise<Coupon> {
  const changed = await sql<Coupon>`
    update coupons set active = ${active}, updated_at = ${now}
    where tenant_id = ${tenant_id} and coupon_id = ${coupon_id}
    returning ${couponColumns}`.execute(tx);
  return changed.rows[0] ?? fail('not_found', 'No such coupon.');
}

/** Which coupons to list, newest first: after a position, at most `limit`. */
export interface CouponFilter {
  code?: string | undefined;
  after?: { time: Date; id: string } | undefined;
  limit: number;
}

/** The coupons of the transaction's tenant as a seller. */
export async function listCoupons(tx: Tx, tenant_id: string, filter: CouponFilter): Promise<Coupon[]> {
  const { code = null, after } = filter;
  const found = await sql<Coupon>`
    select ${couponColumns} from coupons
    where tenant_id = ${tenant_id} and (${code}::text is null or code = ${code})
      and (${after?.id ?? null}::uuid is null
        or (created_at, coupon_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, coupon_id desc limit ${filter.limit}`.execute(tx);
  return found.rows;
}
