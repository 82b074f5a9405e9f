import { allocateByLargestRemainder } from '../money/index.ts';
import { DAY_MS, dayRhythm, drawTime, type Habits, joinedAt, midnightBefore } from './habits.ts';
import type { SeededNumbers } from './seeded-numbers.ts';
import { STUDIOS, type Studio, type TierName } from './studios.ts';

/** A call that a studio's own API answered. */
export interface StudioCall {
  endpoint: string;
  method: string;
  status_code: number;
  response_time_ms: number;
  occurred_at: Date;
}

/** What all studios together are called, in the last CALL_DAYS days. */
const CALLS_OF_ALL = 200_000n;
const CALL_DAYS = 60;

const TIER_WEIGHTS: Record<TierName, bigint> = {
  free: 2n,
  starter: 10n,
  professional: 30n,
  enterprise: 90n,
  agency: 50n,
  white_label: 70n,
};

/** The example is shown first, so it has more to show. */
function weightOf({ tier_name, story }: Studio): bigint {
  return TIER_WEIGHTS[tier_name] * (story === 'example' ? 6n : 1n);
}

const CALLS_OF = new Map(
  allocateByLargestRemainder(CALLS_OF_ALL, STUDIOS.map(weightOf)).map((calls, index) => [
    STUDIOS[index]?.slug,
    calls,
  ]),
);

/** The share of all calls in a hundred, method, pattern, and the milliseconds that half of them take at most. */
const ENDPOINTS = [
  [30, 'GET', '/episodes', 18],
  [26, 'GET', '/episodes/:episode_id', 9],
  [16, 'GET', '/shows/:show_id/statistics', 55],
  [6, 'POST', '/episodes/:episode_id/transcripts', 420],
  [12, 'GET', '/advertisements/slots', 24],
  [7, 'POST', '/advertisements/impressions', 6],
  [3, 'PATCH', '/episodes/:episode_id', 31],
] as const;

/** In how many of 10,000 calls fail, and how. */
const FAILURES = [
  [140, 404],
  [70, 422],
  [30, 401],
  [22, 500],
  [8, 503],
] as const;

/** The row that a place falls on where each row is as long as its share, its first column; undefined beyond the last. */
function atShare<Row extends readonly [share: number, ...unknown[]]>(
  rows: readonly Row[],
  place: number,
): Row | undefined {
  let passed = 0;
  for (const row of rows) {
    passed += row[0];
    if (place < passed) return row;
  }
  return undefined;
}

/** What the API of one studio was called in the days before `until`, by day and hour as its listeners live. */
export class StudioCalls {
  readonly #studio: Studio;
  readonly #numbers: SeededNumbers;
  readonly #until: number;
  readonly #perDay = new Map<number, number>();

  constructor(studio: Studio, numbers: SeededNumbers, habits: Habits, until: number) {
    this.#studio = studio;
    this.#numbers = numbers;
    this.#until = until;
    const quit_at = until - habits.quits_days_ago * DAY_MS;
    const joined_at = joinedAt(habits, new Date(until)).getTime();
    const last = midnightBefore(until);
    const days = Array.from({ length: CALL_DAYS }, (_day, index) => last - index * DAY_MS);
    const weights = days.map((day) => {
      if (day <= joined_at || (habits.quits_days_ago > 0 && day >= quit_at)) return 0n;
      const elapsed = Math.min(1, (until - day) / DAY_MS);
      return BigInt(Math.round(1000 * elapsed * dayRhythm(habits, day) * (0.85 + 0.3 * numbers.fraction())));
    });
    if (weights.every((weight) => weight === 0n)) return;
    const calls = allocateByLargestRemainder(CALLS_OF.get(studio.slug) ?? 0n, weights);
    for (const [index, day] of days.entries()) this.#perDay.set(day, Number(calls[index]));
  }

  /** The calls of a day (its midnight, UTC, in milliseconds), none of them at or after the end. */
  of(day: number): StudioCall[] {
    const calls = this.#perDay.get(day) ?? 0;
    return Array.from({ length: calls }, () => this.#draw(this.#drawTimeOf(day)));
  }

  /** So many calls one after the other, evenly over a stretch of time; the share of refused ones is 0 to 1. */
  burst(calls: number, from: number, to: number, refused: number): StudioCall[] {
    return Array.from({ length: calls }, (_call, index) => {
      const call = this.#draw(from + Math.floor(((to - from) * index) / calls));
      return this.#numbers.chance(refused) ? { ...call, status_code: 429, response_time_ms: 1.2 } : call;
    });
  }

  #drawTimeOf(day: number): number {
    const at = drawTime(this.#studio, day, this.#numbers);
    if (at < this.#until) return at;
    // Today is not over: what would come later came earlier.
    return day + Math.floor((this.#until - day) * this.#numbers.fraction());
  }

  #draw(at: number): StudioCall {
    const numbers = this.#numbers;
    const drawn = atShare(ENDPOINTS, numbers.fraction() * 100) ?? ENDPOINTS[0];
    const [, method, endpoint, median_ms] = drawn;
    // A long tail: half take less than the median, one in a hundred ten times as long.
    const slow = (numbers.fraction() + numbers.fraction() + numbers.fraction() - 1.5) / 0.5;
    const response_time_ms = Math.round(median_ms * Math.exp(slow * 0.75) * 1000) / 1000;
    const failure = atShare(FAILURES, numbers.fraction() * 10_000);
    const succeeded = method === 'POST' ? 201 : 200;
    return {
      endpoint,
      method,
      status_code: failure?.[1] ?? succeeded,
      response_time_ms,
      occurred_at: new Date(at),
    };
  }
}
