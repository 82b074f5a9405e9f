import type { BucketState, Quota } from './gcra.ts';

/** One bucket to ask: its key within the tenant, its quota, and what the call costs there, 1 to the limit. */
export interface Bucket extends Quota {
  key: string;
  cost: number;
  /** Where the store in memory has it, so that one that is asked often need not be looked up; set by that store. */
  kept?: KeptBucket;
}

/** A bucket in this process's memory. */
export interface KeptBucket extends BucketState {
  /** When it is empty, and as good as none. */
  empty_at_ms: number;
  readonly tenant_id: string;
  /** The store that has it; undefined once that forgot it, and who still knows it has to look again. */
  store: object | undefined;
}

/** What a store answers: whether all buckets admit the call, and where each stands after that. */
export interface Taken {
  admitted: boolean;
  /** In the order of the buckets, drained to the time that was asked about. */
  states: BucketState[];
}

/** Where buckets are kept. One in memory, one in Redis; both follow gcra.ts to the unit. */
export interface LimitStore {
  /**
   * Pours the call into all buckets of a tenant, or into none where one of them does not admit it. It costs `times` what
   * each bucket says, which may not be more than its limit.
   */
  take(tenant_id: string, buckets: readonly Bucket[], now_ms: number, times?: number): Taken | Promise<Taken>;
  /** The same answer about a call that is not made: nothing is written. */
  peek(tenant_id: string, buckets: readonly Bucket[], now_ms: number, times?: number): Taken | Promise<Taken>;
  close(): Promise<void>;
}

/** The store could not answer in time. Each policy says what becomes of a call then. */
export class LimitStoreUnavailableError extends Error {
  override name = 'LimitStoreUnavailableError';
}
