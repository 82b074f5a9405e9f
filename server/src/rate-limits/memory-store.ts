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
  // By tenant and then by key: two look-ups of known strings cost less than making one string of both.
  readonly #tenants = new Map<string, Map<string, Kept>>();
  readonly #buckets_max: number;
  #size = 0;

  constructor(buckets_max = BUCKETS_MAX) {
    this.#buckets_max = buckets_max;
  }

  /** How many buckets there are. */
  get size(): number {
    return this.#size;
  }

  take(tenant_id: string, buckets: readonly Bucket[], now_ms: number): Taken {
    const taken = this.peek(tenant_id, buckets, now_ms);
    if (!taken.admitted) return taken;
    const { states } = taken;
    for (const [index, bucket] of buckets.entries()) {
      const after = pour(bucket, states[index] as BucketState, bucket.cost);
      states[index] = after;
      this.#keep(tenant_id, bucket, after, now_ms);
    }
    return taken;
  }

  peek(tenant_id: string, buckets: readonly Bucket[], now_ms: number): Taken {
    const kept = this.#tenants.get(tenant_id);
    const states: BucketState[] = [];
    let admitted = true;
    for (const bucket of buckets) {
      const state = drain(bucket, kept?.get(bucket.key), now_ms);
      if (!admits(bucket, state, bucket.cost)) admitted = false;
      states.push(state);
    }
    return { admitted, states };
  }

  async close(): Promise<void> {
    this.#tenants.clear();
    this.#size = 0;
  }

  #keep(tenant_id: string, { key, limit }: Bucket, { level, at_ms }: BucketState, now_ms: number): void {
    const kept = this.#tenants.get(tenant_id)?.get(key);
    const empty_at_ms = at_ms + Math.ceil(level / limit);
    if (kept !== undefined) {
      kept.level = level;
      kept.at_ms = at_ms;
      kept.empty_at_ms = empty_at_ms;
      return;
    }
    if (this.#size >= this.#buckets_max) this.#makeRoom(now_ms);
    let buckets = this.#tenants.get(tenant_id);
    if (buckets === undefined) {
      buckets = new Map();
      this.#tenants.set(tenant_id, buckets);
    }
    buckets.set(key, { level, at_ms, empty_at_ms });
    this.#size += 1;
  }

  #makeRoom(now_ms: number): void {
    let soonest: { tenant_id: string; key: string; empty_at_ms: number } | undefined;
    let seen = 0;
    for (const [tenant_id, buckets] of this.#tenants) {
      for (const [key, { empty_at_ms }] of buckets) {
        if (empty_at_ms <= now_ms) this.#drop(tenant_id, key);
        else if (soonest === undefined || empty_at_ms < soonest.empty_at_ms)
          soonest = { tenant_id, key, empty_at_ms };
        seen += 1;
        if (seen >= LOOKED_AT) break;
      }
      if (seen >= LOOKED_AT) break;
    }
    if (this.#size >= this.#buckets_max && soonest !== undefined) this.#drop(soonest.tenant_id, soonest.key);
  }

  #drop(tenant_id: string, key: string): void {
    const buckets = this.#tenants.get(tenant_id);
    if (buckets?.delete(key) !== true) return;
    this.#size -= 1;
    if (buckets.size === 0) this.#tenants.delete(tenant_id);
  }
}
