import { cycleAt, cycleStart } from '../billing/index.ts';
import type { Interval } from '../catalog/index.ts';
import type { Subscription } from './subscription.ts';

/** Billing periods are months; a year is twelve of them, so that both end together. */
const MONTHS: Record<Interval, number> = { month: 1, year: 12 };

/** What a price is a year, to compare prices of different intervals. */
export function perYear(price_cents: bigint, interval: Interval): bigint {
  return price_cents * BigInt(12 / MONTHS[interval]);
}

/** The end of the interval that begins at a time, which is a month's start of the cycle. */
export function intervalEnd(
  { anchor_at, time_zone, interval }: Pick<Subscription, 'anchor_at' | 'time_zone' | 'interval'>,
  starts_at: Date,
): Date {
  const cycle = { anchor_at, time_zone };
  return cycleStart(cycle, 'month', cycleAt(cycle, 'month', starts_at).n + MONTHS[interval]);
}

/** The month of a subscription's cycle that a time lies in. */
export function monthAt(
  { anchor_at, time_zone }: Pick<Subscription, 'anchor_at' | 'time_zone'>,
  at: Date,
): { starts_at: Date; ends_at: Date } {
  return cycleAt({ anchor_at, time_zone }, 'month', at);
}

/** When something happens to a subscription next: the end of the month, or of what is paid for where that is earlier. */
export function nextBoundary(
  subscription: Pick<Subscription, 'anchor_at' | 'time_zone' | 'current_period_end'>,
  at: Date,
): Date {
  const end = monthAt(subscription, at).ends_at;
  return subscription.current_period_end < end ? subscription.current_period_end : end;
}
