import type { Clock } from '../clock/index.ts';
import { type Database, DatabaseUnavailableError } from '../db/index.ts';
import { type LaneObserver, laneOf } from '../lanes/index.ts';
import { type BatchRow, joinRecorded, type RecordedRows, sharesOf } from './batch-rows.ts';
import { KnownEndpoints } from './known-endpoints.ts';
import { recordBatch } from './record-batch.ts';
import { UsageLane } from './usage-lane.ts';

/** What a writer works with. */
export interface UsageWriterContext {
  db: Pick<Database, 'inTenant' | 'asLane'>;
  clock: Clock;
  newId(at: Date): string;
  /** How many lanes write; 0: each batch is a transaction of its own, in its sender's name. */
  lanes: number;
  /** Milliseconds that only go forward. */
  monotonic_ms(): number;
  observer: LaneObserver;
}

/**
 * Records batches of events of any tenants, each row once. A tenant has one lane, so that no two transactions of this
 * process wait for each other's rollups. A batch of several tenants may be in several transactions: where one of them
 * fails, the others' events are recorded all the same, and the batch has to be sent again.
 */
export class UsageWriter {
  readonly #context: UsageWriterContext;
  readonly #lanes: readonly UsageLane[];
  #is_closed = false;

  constructor(context: UsageWriterContext) {
    this.#context = context;
    const lane = { ...context, known_endpoints: new KnownEndpoints() };
    this.#lanes = Array.from({ length: context.lanes }, () => new UsageLane(lane));
  }

  /** How many events wait for the lanes. */
  get depth(): number {
    return this.#lanes.reduce((sum, { depth }) => sum + depth, 0);
  }

  /**
   * Resolves once the rows are committed, with what became of each. At most EVENTS_MAX; whether the sender may write for
   * their tenants is the caller's to have checked. Throws `overloaded`, or what the database throws.
   */
  async record(sender_id: string, rows: readonly BatchRow[]): Promise<RecordedRows> {
    if (this.#is_closed) throw new DatabaseUnavailableError('it was closed');
    if (this.#lanes.length === 0)
      return await this.#context.db.inTenant(sender_id, (tx) =>
        recordBatch(tx, { ...this.#context, tenant_id: sender_id }, rows),
      );
    const parts = sharesOf(sender_id, rows).map((share) =>
      laneOf(this.#lanes, share.tenant_id).record(share),
    );
    return joinRecorded(await Promise.all(parts));
  }

  /** Lets what waits be committed. To be called before the database is closed. */
  async close(): Promise<void> {
    this.#is_closed = true;
    await Promise.all(this.#lanes.map((lane) => lane.idle()));
  }
}
