import type { Clock } from '../clock/index.ts';
import { clientAddressKey } from './client-address.ts';
import { type BucketState, figuresOf } from './gcra.ts';
import { MemoryLimitStore } from './memory-store.ts';

/** Generous: a fleet behind one address that lost its key keeps asking, and should be told why. */
const FAILURES = { key: 'failures', limit: 600, window_ms: 60_000, cost: 1 };

/**
 * Counts keys that did not open anything, by client address and in this process's memory alone. Only failures are
 * counted and only failures are refused, so nobody is locked out by a neighbour behind the same address.
 */
export class FailedSignIns {
  readonly #store = new MemoryLimitStore();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a failure. Answers 0, or how many seconds an address that had too many should wait. */
  count(address: string): number {
    const now_ms = this.#clock.now().getTime();
    const { admitted, states } = this.#store.take(clientAddressKey(address), [FAILURES], now_ms);
    if (admitted) return 0;
    return figuresOf(FAILURES, states[0] as BucketState, 1, now_ms).retry_after_seconds;
  }
}
