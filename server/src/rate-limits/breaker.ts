/** How many failures in a row open it. */
const FAILURES_MAX = 3;
/** How long nobody asks then, in milliseconds. */
const PAUSE_MS = 1000;

/**
 * Keeps a store that does not answer from being asked by every request again: after three failures in a row nobody asks
 * for a second, then one call at a time tries. `now_ms` is monotonic: a pause is real time, whatever the test clock says.
 */
export class Breaker {
  readonly #now_ms: () => number;
  #failures = 0;
  #closed_until_ms = Number.NEGATIVE_INFINITY;
  #trying = false;

  constructor(now_ms: () => number) {
    this.#now_ms = now_ms;
  }

  /** Whether the caller may ask; who was allowed to says how it went. */
  mayAsk(): boolean {
    if (this.#failures < FAILURES_MAX) return true;
    if (this.#trying || this.#now_ms() < this.#closed_until_ms) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#trying = false;
  }

  /** True where this failure opened it. */
  failed(): boolean {
    this.#failures += 1;
    this.#trying = false;
    if (this.#failures < FAILURES_MAX) return false;
    this.#closed_until_ms = this.#now_ms() + PAUSE_MS;
    return this.#failures === FAILURES_MAX;
  }
}
