import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  admits,
  type BucketState,
  drain,
  figuresOf,
  LIMIT_MAX,
  mostInOneWindow,
  pour,
  type Quota,
  WINDOW_SECONDS_MAX,
} from './gcra.ts';

/** Where a test begins, in milliseconds since 1970. */
const START = Date.UTC(2026, 0, 1);

/** A call as gcra.ts decides it. */
function call(quota: Quota, state: BucketState | undefined, cost: number, now_ms: number) {
  const drained = drain(quota, state, now_ms);
  const admitted = admits(quota, drained, cost);
  const after = admitted ? pour(quota, drained, cost) : drained;
  return { admitted, after, figures: figuresOf(quota, drained, cost, now_ms) };
}

/** Virtual scheduling, the other form of I.371, in exact rationals: times are in 1/limit of a millisecond. */
class VirtualSchedule {
  readonly #limit: bigint;
  readonly #window: bigint;
  #arrival = 0n;
  #latest_ms = 0;

  constructor({ limit, window_ms }: Quota) {
    this.#limit = BigInt(limit);
    this.#window = BigInt(window_ms);
  }

  /** Whether a call of the cost conforms at a time; a time before the latest counts as the latest. */
  conforms(cost: number, now_ms: number): boolean {
    const now = BigInt(Math.max(now_ms, this.#latest_ms)) * this.#limit;
    const arrival = this.#arrival > now ? this.#arrival : now;
    return arrival + BigInt(cost) * this.#window - now <= this.#limit * this.#window;
  }

  call(cost: number, now_ms: number): boolean {
    const admitted = this.conforms(cost, now_ms);
    this.#latest_ms = Math.max(now_ms, this.#latest_ms);
    const now = BigInt(this.#latest_ms) * this.#limit;
    if (this.#arrival < now) this.#arrival = now;
    if (admitted) this.#arrival += BigInt(cost) * this.#window;
    return admitted;
  }
}

const quota = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: LIMIT_MAX })),
  window_ms: fc.oneof(
    fc.integer({ min: 1, max: 3000 }),
    fc.integer({ min: 1, max: WINDOW_SECONDS_MAX * 1000 }),
  ),
});

/** Calls as shares of the limit and steps as shares of the window, so that every quota gets interesting ones. */
const calls = fc.array(
  fc.record({
    share: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
    step: fc.oneof(
      fc.constant(0),
      fc.double({ min: 0, max: 0.3, noNaN: true }),
      fc.double({ min: -0.2, max: 1.5, noNaN: true }),
    ),
  }),
  { minLength: 1, maxLength: 60 },
);

describe('the bucket', () => {
  test('decides as exact virtual scheduling does, also where the clock steps back', () => {
    fc.assert(
      fc.property(quota, calls, (of, sequence) => {
        const model = new VirtualSchedule(of);
        let state: BucketState | undefined;
        let now_ms = START;
        for (const { share, step } of sequence) {
          now_ms += Math.round(step * of.window_ms);
          const cost = Math.max(1, Math.round(share * of.limit));
          const { admitted, after } = call(of, state, cost, now_ms);
          expect(admitted).toBe(model.call(cost, now_ms));
          state = after;
        }
      }),
      { numRuns: 500 },
    );
  });

  test('admits a refused call after retry_after_seconds, and not a second earlier', () => {
    fc.assert(
      fc.property(quota, calls, (of, sequence) => {
        let state: BucketState | undefined;
        let now_ms = START;
        for (const { share, step } of sequence) {
          now_ms += Math.round(step * of.window_ms);
          const cost = Math.max(1, Math.round(share * of.limit));
          const { admitted, after, figures } = call(of, state, cost, now_ms);
          expect(figures.exceeded).toBe(!admitted);
          const wait_ms = figures.retry_after_seconds * 1000;
          expect(admitted).toBe(wait_ms === 0);
          expect(call(of, after, cost, now_ms + wait_ms).admitted || admitted).toBe(true);
          if (!admitted && wait_ms > 1000)
            expect(call(of, after, cost, now_ms + wait_ms - 1000).admitted).toBe(false);
          state = after;
        }
      }),
      { numRuns: 500 },
    );
  });

  test('says what is left, and when all of it is there again', () => {
    fc.assert(
      fc.property(quota, calls, (of, sequence) => {
        let state: BucketState | undefined;
        let now_ms = START;
        for (const { share, step } of sequence) {
          now_ms += Math.round(Math.abs(step) * of.window_ms);
          const cost = Math.max(1, Math.round(share * of.limit));
          state = call(of, state, cost, now_ms).after;
          const { remaining, used, reset_at_ms } = figuresOf(of, state, 1, now_ms);
          expect(remaining + used).toBe(of.limit);
          if (remaining > 0) expect(admits(of, state, remaining)).toBe(true);
          if (remaining < of.limit) expect(admits(of, state, remaining + 1)).toBe(false);
          expect(drain(of, state, reset_at_ms).level).toBe(0);
          if (reset_at_ms > now_ms) expect(drain(of, state, reset_at_ms - 1).level).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('lets a window see no more than the stated bound, and that much where callers are greedy', () => {
    const small = fc.record({
      limit: fc.integer({ min: 1, max: 60 }),
      window_ms: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(small, fc.array(fc.nat(3), { maxLength: 40 }), (of, habits) => {
        const admitted: number[] = [];
        let state: BucketState | undefined;
        // One millisecond after another over three windows; how greedy they are varies, and from the second on all are.
        for (let at = 0; at < 3 * of.window_ms; at++) {
          const wanted = at < of.window_ms ? (habits[at % (habits.length || 1)] ?? 0) : 2 * of.limit;
          let taken = 0;
          while (taken < wanted) {
            const { admitted: taken_in, after } = call(of, state, 1, START + at);
            state = after;
            if (!taken_in) break;
            taken += 1;
          }
          admitted.push(taken);
        }
        const bound = mostInOneWindow(of);
        for (let from = 0; from + of.window_ms <= admitted.length; from++) {
          const seen = admitted.slice(from, from + of.window_ms).reduce((sum, taken) => sum + taken, 0);
          expect(seen).toBeLessThanOrEqual(bound);
        }
        if (habits.length > 0) return;
        const first = admitted.slice(of.window_ms, 2 * of.window_ms).reduce((sum, taken) => sum + taken, 0);
        expect(first).toBe(bound);
      }),
      {
        numRuns: 300,
        examples: [
          [{ limit: 60, window_ms: 200 }, []],
          [{ limit: 1, window_ms: 1 }, []],
        ],
      },
    );
  });

  test('that a larger limit had filled owes a full window of the smaller one at most', () => {
    const before = { limit: 100, window_ms: 1000 };
    const after = { limit: 10, window_ms: 1000 };
    const full = call(before, undefined, 100, START).after;
    expect(figuresOf(after, drain(after, full, START), 10, START)).toMatchObject({
      remaining: 0,
      reset_at_ms: START + 1000,
      retry_after_seconds: 1,
    });
  });

  test('keeps the time of a clock that stepped back, and says when that is reached', () => {
    const of = { limit: 1, window_ms: 60_000 };
    const { after } = call(of, undefined, 1, START);
    const { figures } = call(of, after, 1, START - 30_000);
    expect(figures).toMatchObject({ exceeded: true, retry_after_seconds: 90 });
  });

  test('takes no quota, cost or time out of its bounds', () => {
    const of = { limit: 5, window_ms: 1000 };
    for (const bad of [
      { limit: 0, window_ms: 1 },
      { limit: LIMIT_MAX + 1, window_ms: 1 },
      { limit: 1.5, window_ms: 1 },
      { limit: 1, window_ms: 0 },
      { limit: 1, window_ms: WINDOW_SECONDS_MAX * 1000 + 1 },
    ])
      expect(() => drain(bad, undefined, START)).toThrow(RangeError);
    expect(() => drain(of, undefined, Number.NaN)).toThrow(RangeError);
    for (const cost of [0, -1, 6, 1.5])
      expect(() => admits(of, { level: 0, at_ms: 0 }, cost)).toThrow(RangeError);
  });
});
