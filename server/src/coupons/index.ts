export {
  COUPON_DURATIONS,
  type Coupon,
  type CouponDuration,
  type CouponRedemption,
  isInForce,
} from './coupon.ts';
export { type AppliedDiscount, type CouponTerms, type Discounts, discountLines } from './discount-lines.ts';
export { redeemCoupon } from './redeem-coupon.ts';
export {
  countRedemptionUses,
  endRedemption,
  listRedemptions,
  lockRedemptionsInForce,
  uncountRedemptionUses,
} from './redemptions.ts';
export {
  type CouponFilter,
  type CouponRequest,
  createCoupon,
  listCoupons,
  setCouponActive,
} from './sell-coupons.ts';
