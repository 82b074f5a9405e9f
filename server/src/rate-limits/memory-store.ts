import { admits, type BucketState, drain, pour } from './gcra.ts';
import type { Bucket, LimitStore, Taken } from './limit-store.ts';

/** How many buckets one process keeps: some 20 MB. */
const BUCKETS_MAX = 100_000;
/** How many of the oldest are looked at to make room for one. */
const LOOKED_AT = 64;

interface Kept extends BucketState {
  /** When it is empty, and as good as none. */
  empty_at_ms: number;
}

/**
 * Buckets of one process. When it is full, drained buckets go first; where the oldest ones hold something, the one that
 * would be empty soonest goes, and what it held is forgiven.
 */
export class MemoryLimitStore implements LimitStore {
  readonly #buckets = new Map<string, Kept>();
  readonly #buckets_max: number;

  constructor(buckets_max = BUCKETS_MAX) {
    this.#buckets_max = buckets_max;
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(tenant_id: string, buckets: readonly Bucket[], now_ms: number): Taken {
    const { admitted, states } = this.peek(tenant_id, buckets, now_ms);
    if (!admitted) return { admitted, states };
    const after = buckets.map((bucket, index) => pour(bucket, states[index] as BucketState, bucket.cost));
    for (const [index, bucket] of buckets.entries()) {
      this.#keep(`${tenant_id} ${bucket.key}`, bucket.limit, after[index] as BucketState, now_ms);
    }
    return { admitted, states: after };
  }

  peek(tenant_id: string, buckets: readonly Bucket[], now_ms: number): Taken {
    let admitted = true;
    const states = buckets.map((bucket) => {
      const state = drain(bucket, this.#buckets.get(`${tenant_id} ${bucket.key}`), now_ms);
      if (!admits(bucket, state, bucket.cost)) admitted = false;
      return state;
    });
    return { admitted, states };
  }

  async close(): Promise<void> {
    this.#buckets.clear();
  }

  #keep(key: string, limit: number, { level, at_ms }: BucketState, now_ms: number): void {
    const kept = this.#buckets.get(key);
    const empty_at_ms = at_ms + Math.ceil(level / limit);
    if (kept === undefined) {
      if (this.#buckets.size >= this.#buckets_max) this.#makeRoom(now_ms);
      this.#buckets.set(key, { level, at_ms, empty_at_ms });
      return;
    }
    kept.level = level;
    kept.at_ms = at_ms;
    kept.empty_at_ms = empty_at_ms;
  }

  #makeRoom(now_ms: number): void {
    let soonest: string | undefined;
    let soonest_ms = Number.POSITIVE_INFINITY;
    let seen = 0;
    for (const [key, { empty_at_ms }] of this.#buckets) {
      if (empty_at_ms <= now_ms) this.#buckets.delete(key);
      else if (empty_at_ms < soonest_ms) {
        soonest = key;
        soonest_ms = empty_at_ms;
      }
      seen += 1;
      if (seen >= LOOKED_AT) break;
    }
    if (this.#buckets.size >= this.#buckets_max && soonest !== undefined) this.#buckets.delete(soonest);
  }
}
