import type { CouponTerms } from './discount-lines.ts';

/** For how long a redeemed coupon takes something off: one invoice, those of some months, or all. */
export const COUPON_DURATIONS = ['once', 'repeating', 'forever'] as const;
export type CouponDuration = (typeof COUPON_DURATIONS)[number];

/** A row of `coupons`. */
export type Coupon = CouponTerms & {
  coupon_id: string;
  /** In capitals. */
  code: string;
  duration: CouponDuration;
  /** Of a repeating one. */
  duration_months: number | null;
  /** Null for no limit. */
  max_redemptions: bigint | null;
  /** Until when it may be redeemed, excluded; null for no end. */
  redeem_by: Date | null;
  active: boolean;
  /** How many tenants have redeemed it. */
  redemptions: bigint;
  created_at: Date;
  updated_at: Date;
};

/** A row of `coupon_redemptions`: what a tenant redeemed, with the terms as they were. */
export type CouponRedemption = CouponTerms & {
  coupon_redemption_id: string;
  seller_id: string;
  coupon_id: string;
  code: string;
  duration: CouponDuration;
  starts_at: Date;
  /** Of a repeating one, excluded. */
  ends_at: Date | null;
  /** How many invoices it took something off. */
  used_count: number;
  /** When it was taken back; null where it was not. */
  ended_at: Date | null;
};

/** Whether a redemption takes something off an invoice of that time. */
export function isInForce(redemption: CouponRedemption, at: Date): boolean {
  const { duration, starts_at, ends_at, used_count, ended_at } = redemption;
  if (at < starts_at || (ended_at !== null && ended_at <= at)) return false;
  return duration === 'once' ? used_count === 0 : ends_at === null || at < ends_at;
}
