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

function look(
  kept: ReadonlyMap<string, Kept> | undefined,
  buckets: readonly Bucket[],
  now_ms: number,
  times: number,
): Taken {
  const states: BucketState[] = [];
  let admitted = true;
  for (const bucket of buckets) {
    const state = drain(bucket, kept?.get(bucket.key), now_ms);
    if (!admits(bucket, state, bucket.cost * times)) admitted = false;
    states.push(state);
  }
  return { admitted, states };
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

  take(tenant_id: string, buckets: readonly Bucket[], now_ms: number, times = 1): Taken {
    const kept = this.#tenants.get(tenant_id);
    const taken = look(kept, buckets, now_ms, times);
    if (!taken.admitted) return taken;
    // By index: this is the hottest loop of a limited server, and iterators would be half of it.
    for (let index = 0; index < buckets.length; index += 1) {
      const bucket = buckets[index] as Bucket;
      const after = pour(bucket, taken.states[index] as BucketState, bucket.cost * times);
      taken.states[index] = after;
      const known = kept?.get(bucket.key);
      if (known === undefined) this.#keep(tenant_id, bucket, after, now_ms);
      else {
        known.level = after.level;
        known.at_ms = after.at_ms;
        known.empty_at_ms = after.at_ms + Math.ceil(after.level / bucket.limit);
      }
    }
    return taken;
  }

  peek(tenant_id: string, buckets: readonly Bucket[], now_ms: number, times = 1): Taken {
    return look(this.#tenants.get(tenant_id), buckets, now_ms, times);
  }

  async close(): Promise<void> {
    this.#tenants.clear();
    this.#size = 0;
  }

  /** Keeps a bucket that was not there. */
  #keep(tenant_id: string, { key, limit }: Bucket, { level, at_ms }: BucketState, now_ms: number): void {
    if (this.#size >= this.#buckets_max) this.#makeRoom(now_ms);
    let buckets = this.#tenants.get(tenant_id);
    if (buckets === undefined) {
      buckets = new Map();
      this.#tenants.set(tenant_id, buckets);
    }
    buckets.set(key, { level, at_ms, empty_at_ms: at_ms + Math.ceil(level / limit) });
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
