import type { SeededNumbers } from './seeded-numbers.ts';
import type { Studio, TierName } from './studios.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export type FeatureType =
  | 'content_generation'
  | 'ad_generation'
  | 'advanced_analytics'
  | 'transcript_analysis';

interface TierHabits {
  uses_per_week: number;
  /** How much larger its jobs are than a starter's. */
  size: number;
  /** Tokens that it buys at a time; 0 for those who live on what they are given. */
  pack: number;
  /** Whether its bank pays, and not a card. */
  by_wire: boolean;
}

export const TIER_HABITS: Record<TierName, TierHabits> = {
  free: { uses_per_week: 0.9, size: 0.5, pack: 0, by_wire: false },
  starter: { uses_per_week: 1.9, size: 1, pack: 150_000, by_wire: false },
  professional: { uses_per_week: 3.1, size: 1, pack: 250_000, by_wire: false },
  enterprise: { uses_per_week: 6, size: 3, pack: 2_000_000, by_wire: true },
  agency: { uses_per_week: 4.3, size: 2, pack: 750_000, by_wire: false },
  white_label: { uses_per_week: 5.2, size: 2, pack: 1_000_000, by_wire: true },
};

/** Tokens of one job of a feature, from least to most, for a starter. */
const JOB_TOKENS: Record<FeatureType, readonly [least: number, most: number]> = {
  content_generation: [800, 6_000],
  ad_generation: [300, 2_200],
  advanced_analytics: [2_000, 12_000],
  // An hour of speech, read whole.
  transcript_analysis: [18_000, 80_000],
};

/** Monday to Sunday from index 1; podcasters rest on Saturdays and prepare the week on Sunday evenings. */
const WEEKDAYS = [0.6, 1.2, 1.3, 1.25, 1.15, 0.95, 0.35] as const;

/** How the year goes: a quiet August, and holidays in December. */
const MONTHS = [1, 1, 1.05, 1.05, 1, 0.95, 0.9, 0.75, 1.1, 1.15, 1.15, 0.8] as const;

/** How many hours UTC is ahead of the place where studios with a currency are. */
const HOURS_BEHIND_UTC = { USD: 5, EUR: -1, JPY: -9 } as const;

/** How a studio lives: drawn once, and the same whenever it is drawn again. */
export interface Habits extends TierHabits {
  joined_days_ago: number;
  /** Its activity at the end over that at the start; at the middle it is about 1. */
  growth: number;
  /** After this many days before the end it does nothing any more; 0 where it goes on. */
  quits_days_ago: number;
  /** The weekday on which its episode comes out, Sunday 0. */
  release_weekday: number;
  people: readonly [string, ...string[]];
  shows: readonly [string, ...string[]];
}

const STAYS: readonly Studio['story'][] = ['example', 'agency'];
const ROLES = ['host', 'producer', 'editor', 'researcher', 'sales'] as const;
const SHOW_NAMES = [
  'the-daily-half',
  'interviews',
  'behind-the-scenes',
  'season-three',
  'live',
  'shorts',
] as const;

/** Draws the habits of a studio. */
export function drawHabits(studio: Studio, numbers: SeededNumbers): Habits {
  const early = studio.story !== undefined || numbers.chance(0.35);
  const joined_days_ago = early ? numbers.between(300, 364) : numbers.between(40, 330);
  const sold_by_another = studio.sold_by === undefined ? joined_days_ago : numbers.between(200, 320);
  return {
    ...TIER_HABITS[studio.tier_name],
    joined_days_ago: STAYS.includes(studio.story) ? 364 : sold_by_another,
    growth: numbers.pick([0.6, 0.9, 1.1, 1.6, 2.5, 4]),
    quits_days_ago: studio.story === 'churned' ? numbers.between(80, 160) : 0,
    release_weekday: numbers.between(1, 5),
    people: [`${ROLES[0]}-1`, ...ROLES.slice(1, numbers.between(1, 5)).map((role) => `${role}-1`)],
    shows: [SHOW_NAMES[0], ...SHOW_NAMES.slice(1, numbers.between(1, 4))],
  };
}

/** The last midnight, UTC, in milliseconds. */
export function midnightBefore(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

/** When a studio joins, where the demo ends at `until`. */
export function joinedAt(habits: Habits, until: Date): Date {
  return new Date(midnightBefore(until.getTime()) - habits.joined_days_ago * DAY_MS + 9 * HOUR_MS);
}

/** An hour of the day, UTC, from which a studio sleeps for five hours. */
export function nightHour(studio: Studio): number {
  return (2 + HOURS_BEHIND_UTC[studio.currency] + 24) % 24;
}

/** How busy a day (its midnight, UTC, in milliseconds) is beside an average one. */
export function dayRhythm(habits: Habits, day: number): number {
  const date = new Date(day);
  const release = date.getUTCDay() === habits.release_weekday ? 2 : 0.85;
  return (WEEKDAYS[date.getUTCDay()] ?? 1) * (MONTHS[date.getUTCMonth()] ?? 1) * release;
}

/** How many jobs a studio is expected to start on a day; `day` is its midnight, UTC, in milliseconds. */
export function expectedJobs(habits: Habits, day: number, until: number): number {
  const days_ago = (until - day) / DAY_MS;
  if (days_ago < habits.quits_days_ago) return 0;
  const age = Math.max(0, Math.min(1, 1 - days_ago / habits.joined_days_ago));
  const trend = (2 / (1 + habits.growth)) * (1 + (habits.growth - 1) * age);
  return Math.min(6, (habits.uses_per_week / 7) * trend * dayRhythm(habits, day));
}

/** When on a day a job starts, in milliseconds: by day where the studio is, mostly around noon. */
export function drawTime(studio: Studio, day: number, numbers: SeededNumbers): number {
  const local_hour = 7 + 7 * (numbers.fraction() + numbers.fraction());
  const hour = (local_hour + HOURS_BEHIND_UTC[studio.currency] + 24) % 24;
  return day + Math.floor(hour * HOUR_MS);
}

const LIGHT_JOBS = [
  'content_generation',
  'content_generation',
  'ad_generation',
  'advanced_analytics',
] as const;
const ALL_JOBS = [
  ...LIGHT_JOBS,
  'content_generation',
  'ad_generation',
  'transcript_analysis',
  'transcript_analysis',
] as const;

/** What a job does and how many tokens it takes. */
export function drawJob(
  studio: Studio,
  numbers: SeededNumbers,
): { feature_type: FeatureType; tokens: number } {
  const feature_type: FeatureType =
    studio.tier_name === 'free' ? numbers.pick(LIGHT_JOBS) : numbers.pick(ALL_JOBS);
  const [least, most] = JOB_TOKENS[feature_type];
  const tokens = Math.round(numbers.between(least, most) * TIER_HABITS[studio.tier_name].size);
  return { feature_type, tokens };
}
