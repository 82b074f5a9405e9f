import { Temporal } from 'temporal-polyfill';

/**
 * When a redemption of so many months ends: at the same local time of its day, as the months of a billing cycle do, so
 * that a coupon of three months which was redeemed at the start of a cycle meets three of its invoices and no fourth.
 */
export function monthsAfter(starts_at: Date, months: number, time_zone: string): Date {
  const start = Temporal.Instant.fromEpochMilliseconds(starts_at.getTime()).toZonedDateTimeISO(time_zone);
  return new Date(start.add({ months }).epochMilliseconds);
}
