export { type AppliedDiscount, type CouponTerms, type Discounts, discountLines } from './discount-lines.ts';
