import { DAY_MS, type Habits, HOUR_MS, joinedAt, midnightBefore } from './habits.ts';
import type { SeededNumbers } from './seeded-numbers.ts';
import type { Studio, TierName, Turn } from './studios.ts';

/** How a studio pays for its tier. */
export interface Plan {
  /** The tier that it begins with. */
  first_tier: TierName;
  interval: 'month' | 'year';
  /** 0 for none. */
  trial_days: number;
  custom_price_cents: number | undefined;
  /** When its first fee is due, in milliseconds; its months count from there. */
  paid_from: number;
  /** When its last month began, where it pays by the month, in milliseconds. */
  renewed_at: number;
}

const TRIAL_DAYS = 14;
/** Whose bank pays tries things out while the contract is on its way. */
const TRIAL_DAYS_BY_WIRE = 30;
/** So many days ago the present month of these began: in time for what their stories need. */
const RENEWED_DAYS_AGO: Partial<Record<Turn, number>> = {
  past_due: 5,
  suspended: 20,
  calls_beyond: 6,
};
/** A month day that every month has. */
const LAST_MONTH_DAY = 28;

/** Draws how a studio subscribes; undefined for one that is on the free tier. */
export function drawPlan(
  studio: Studio,
  habits: Habits,
  numbers: SeededNumbers,
  until: number,
): Plan | undefined {
  const { tier_name, turn } = studio;
  if (tier_name === 'free') return undefined;
  const plain = turn === undefined && studio.story === undefined;
  const with_trial = numbers.chance(0.4) || turn === 'upgraded';
  const trial_days = habits.by_wire ? TRIAL_DAYS_BY_WIRE : with_trial ? TRIAL_DAYS : 0;
  const yearly = numbers.chance(0.3) && plain && !habits.by_wire;
  const custom_price_cents = tier_name === 'enterprise' ? numbers.between(6, 16) * 10_000 : undefined;
  // Not in the last days, in which studios run dry and owe tokens.
  const renewed_days_ago = numbers.between(8, 24);
  const renewed_at = monthDayAt(until, (turn && RENEWED_DAYS_AGO[turn]) ?? renewed_days_ago);
  const earliest = joinedAt(habits, new Date(until)).getTime() + HOUR_MS + trial_days * DAY_MS;
  return {
    first_tier: turn === 'upgraded' ? 'starter' : turn === 'downgraded' ? 'professional' : tier_name,
    interval: yearly ? 'year' : 'month',
    trial_days,
    custom_price_cents,
    paid_from: firstMonth(renewed_at, earliest),
    renewed_at,
  };
}

/** A morning about so many days ago, on a day that every month has. */
function monthDayAt(until: number, days_ago: number): number {
  const at = new Date(midnightBefore(until) - days_ago * DAY_MS + 10 * HOUR_MS);
  at.setUTCDate(Math.min(at.getUTCDate(), LAST_MONTH_DAY));
  return at.getTime();
}

/** Whole months before a time, as long ago as may be; the time itself where that is too early. */
function firstMonth(renewed_at: number, earliest: number): number {
  let first = Math.max(renewed_at, earliest);
  for (let months = 1; ; months += 1) {
    const at = new Date(renewed_at);
    at.setUTCMonth(at.getUTCMonth() - months);
    if (at.getTime() < earliest) return first;
    first = at.getTime();
  }
}
