import { type Database, DatabaseUnavailableError, sqlState } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { FairQueue, type LaneObserver } from '../lanes/index.ts';
import type { RecordedRows, TenantShare } from './batch-rows.ts';
import { EVENTS_MAX } from './event.ts';
import { type RecordContext, recordShares } from './record-events.ts';

/** How many events one transaction takes at most; beyond some thousands an event gets no cheaper. */
export const BATCH_EVENTS_MAX = 5000;

/** How many events may wait for a lane: some tenths of a second of its work. */
export const QUEUED_EVENTS_MAX = 20_000;

/** What a lane works with. */
export interface LaneContext extends RecordContext {
  db: Pick<Database, 'asLane'>;
  /** Milliseconds that only go forward, for the observer. */
  monotonic_ms(): number;
  observer: LaneObserver;
}

/** A share that waits for its answer. */
interface Waiting extends PromiseWithResolvers<RecordedRows> {
  share: TenantShare;
}

/**
 * Records what many send, of any tenants, in one transaction after the other. Who comes to an idle lane waits for nobody;
 * what comes while a transaction is under way is the next one's. An answer means that the share is committed, and an
 * error that it may or may not be: to send it again does no harm, because an event counts once.
 */
export class UsageLane {
  readonly #context: LaneContext;
  readonly #queue = new FairQueue<Waiting>({ capacity: QUEUED_EVENTS_MAX, turn_weight: EVENTS_MAX });
  #running: Promise<void> | undefined;

  constructor(context: LaneContext) {
    this.#context = context;
  }

  /** How many events wait, those of the transaction under way not counted. */
  get depth(): number {
    return this.#queue.weight;
  }

  /** Throws `overloaded` where the tenant has as much waiting as it may; at most EVENTS_MAX rows. */
  async record(share: TenantShare): Promise<RecordedRows> {
    const waiting: Waiting = { share, ...Promise.withResolvers<RecordedRows>() };
    if (!this.#queue.offer(share.tenant_id, waiting, share.rows.length)) {
      this.#context.observer.shed();
      fail('overloaded', 'More of your events wait than can be recorded in a moment. Repeat the request.');
    }
    this.#running ??= this.#run();
    return await waiting.promise;
  }

  /** Resolves once nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#commit(batch);
    // In the same turn as the look that found nothing, so that who comes next begins anew.
    this.#running = undefined;
  }

  #take(): Waiting[] {
    return this.#queue.take(BATCH_EVENTS_MAX);
  }

  /** Commits a batch; one that fails because of a share is halved until that one is alone with its error. Never rejects. */
  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const recorded = await this.#tryTwice(batch.map(({ share }) => share));
      for (const [place, { resolve, reject }] of batch.entries()) {
        const own = recorded[place];
        if (own === undefined) reject(new Error('a share without its answer'));
        else resolve(own);
      }
    } catch (error) {
      if (batch.length === 1 || isAboutTheDatabase(error)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await this.#commit(batch.slice(0, middle));
      await this.#commit(batch.slice(middle));
    }
  }

  /** Where nobody knows whether it was committed, it is simply done again: what was, counts as a duplicate. */
  async #tryTwice(shares: readonly TenantShare[]): Promise<RecordedRows[]> {
    try {
      return await this.#once(shares);
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) return await this.#once(shares);
      throw error;
    }
  }

  async #once(shares: readonly TenantShare[]): Promise<RecordedRows[]> {
    const { db, known_endpoints, observer, monotonic_ms } = this.#context;
    const began_ms = monotonic_ms();
    const { recorded, named } = await db.asLane((tx) => recordShares(tx, this.#context, shares));
    for (const { tenant_id, day, endpoint } of named) known_endpoints?.add(tenant_id, day, endpoint);
    const events = shares.reduce((sum, { rows }) => sum + rows.length, 0);
    observer.committed(events, (monotonic_ms() - began_ms) / 1000);
    return recorded;
  }
}

/** Whether no share is to blame: it is not there, or lacks connections, memory or disk (class 53). */
function isAboutTheDatabase(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError || sqlState(error)?.startsWith('53') === true;
}
