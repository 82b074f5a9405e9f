import { admits, type BucketState, drain, pour } from './gcra.ts';
import type { Bucket, KeptBucket, LimitStore, Taken } from './limit-store.ts';

/** How many buckets one process keeps: some 20 MB. */
const BUCKETS_MAX = 100_000;
/** How many of the oldest are looked at to make room for one. */
const LOOKED_AT = 64;

/**
 * Buckets of one process. When it is full, drained buckets go first; where the oldest ones hold something, the one that
 * would be empty soonest goes, and what it held is forgiven.
 */
export class MemoryLimitStore implements LimitStore {
  // By tenant and then by key: two look-ups of known strings cost less than making one string of both.
  readonly #tenants = new Map<string, Map<string, KeptBucket>>();
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
    const taken = this.peek(tenant_id, buckets, now_ms, times);
    if (!taken.admitted) return taken;
    // By index: this is the hottest loop of a limited server, and iterators would be half of it.
    for (let index = 0; index < buckets.length; index += 1) {
      const bucket = buckets[index] as Bucket;
      const state = taken.states[index] as BucketState;
      // Ours alone until it is answered, so it is filled where it is.
      state.level = pour(bucket, state, bucket.cost * times).level;
      // Known from the peek, unless there was none, or it had to make room for one of this call meanwhile.
      const kept = this.#known(tenant_id, bucket) ?? this.#add(tenant_id, bucket, now_ms);
      kept.level = state.level;
      kept.at_ms = state.at_ms;
      kept.empty_at_ms = state.at_ms + Math.ceil(state.level / bucket.limit);
    }
    return taken;
  }

  peek(tenant_id: string, buckets: readonly Bucket[], now_ms: number, times = 1): Taken {
    const states: BucketState[] = [];
    let admitted = true;
    for (const bucket of buckets) {
      const state = drain(bucket, this.#find(tenant_id, bucket), now_ms);
      if (!admits(bucket, state, bucket.cost * times)) admitted = false;
      states.push(state);
    }
    return { admitted, states };
  }

  async close(): Promise<void> {
    for (const buckets of this.#tenants.values()) for (const kept of buckets.values()) kept.store = undefined;
    this.#tenants.clear();
    this.#size = 0;
  }

  #known(tenant_id: string, { kept }: Bucket): KeptBucket | undefined {
    return kept !== undefined && kept.store === this && kept.tenant_id === tenant_id ? kept : undefined;
  }

  #find(tenant_id: string, bucket: Bucket): KeptBucket | undefined {
    const known = this.#known(tenant_id, bucket);
    if (known !== undefined) return known;
    const found = this.#tenants.get(tenant_id)?.get(bucket.key);
    if (found !== undefined) bucket.kept = found;
    return found;
  }

  #add(tenant_id: string, bucket: Bucket, now_ms: number): KeptBucket {
    if (this.#size >= this.#buckets_max) this.#makeRoom(now_ms);
    let buckets = this.#tenants.get(tenant_id);
    if (buckets === undefined) {
      buckets = new Map();
      this.#tenants.set(tenant_id, buckets);
    }
    const kept = { level: 0, at_ms: now_ms, empty_at_ms: now_ms, tenant_id, store: this };
    buckets.set(bucket.key, kept);
    bucket.kept = kept;
    this.#size += 1;
    return kept;
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
    const kept = buckets?.get(key);
    if (buckets === undefined || kept === undefined) return;
    kept.store = undefined;
    buckets.delete(key);
    this.#size -= 1;
    if (buckets.size === 0) this.#tenants.delete(tenant_id);
  }
}
