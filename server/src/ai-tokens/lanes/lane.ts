import { setImmediate as nextTurn } from 'node:timers/promises';
import { isPassingTrouble, sqlState } from '../../db/index.ts';
import { TallystickError } from '../../errors/index.ts';
import { FairQueue, type LaneObserver } from '../../lanes/index.ts';
import type { TokenWriter, WriteKind, Written } from '../token-write.ts';
import { type DecidedBatch, type DecidedItem, decideBatch } from './batch.ts';
import { BookCache } from './book-cache.ts';
import { type CommittedBatch, commitLocked, type LaneServices, single, writeBatch } from './commit-batch.ts';
import { HandedOver } from './handed-over.ts';
import { KnownKeys } from './known-keys.ts';
import { type RecalledItem, recallAnswers } from './recall.ts';
import type { WriteItem } from './write-item.ts';
import { afterWriting } from './written-book.ts';

/** How many writes a lane commits together. */
const BATCH_ITEMS_MAX = 500;
/** In a batch of so many, its fixed cost is a tenth of what it costs. */
const MANY_ITEMS = 200;
/** How many may wait: some 16 MB, and a few tenths of a second of a lane's work. */
const QUEUE_ITEMS_MAX = 16_384;
/** How many writes of one tenant a batch takes before the next tenant has its turn. */
const TURN_ITEMS = 32;
/** How long a write waits for its batch before it is refused, in milliseconds: the database hardly answers. */
const WAIT_MS_MAX = 10_000;
/** After this many times that another writer was faster, the book is locked first. */
const OVERTAKEN_MAX = 2;

/** Somebody else holds what the batch needs, or did the same at the same time: alone, it can be told what happened. */
const CONFLICTS = new Set(['23505', '40001', '40P01', '55P03', '0A000']);
const UNIQUE_VIOLATION = '23505';

/** A batch that is being written. */
interface InFlight {
  /** How many writes it has. */
  size: number;
  /** Names of the holds that it writes. */
  holds: ReadonlySet<string>;
  /** Whether all of it was written, once that is known and its callers are answered. */
  sound: Promise<boolean>;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * One writer of the books of its tenants. While a batch is being committed the next one gathers; a write that comes
 * alone is committed alone, and waits for nobody.
 */
export class Lane {
  readonly #services: LaneServices;
  readonly #observer: LaneObserver;
  readonly #cache = new BookCache();
  readonly #keys = new KnownKeys();
  readonly #queue = new FairQueue<WriteItem>({ capacity: QUEUE_ITEMS_MAX, turn_weight: TURN_ITEMS });
  /** Writes that a batch left to the next one; they were first. */
  #again: WriteItem[] = [];
  #running: Promise<void> | undefined;
  /** Who waits for a number of writes, while a batch is in flight. */
  #gathering: { size: number; gathered(): void } | undefined;
  /** Answers that are recalled beside the batches. */
  readonly #recalls = new Set<Promise<void>>();
  readonly #handed_over: HandedOver;

  constructor(services: LaneServices, plain: TokenWriter, observer: LaneObserver) {
    this.#services = services;
    this.#observer = observer;
    this.#handed_over = new HandedOver(plain, (items) => {
      this.#again.push(...items);
      this.#start();
    });
  }

  /** How many writes wait. */
  get depth(): number {
    return this.#waiting + this.#handed_over.size;
  }

  /** Takes a write in, or refuses it with `overloaded` where its tenant has its share waiting. */
  submit(item: WriteItem): void {
    if (this.#queue.offer(item.tenant_id, item)) this.#start();
    else this.#shed(item);
  }

  /** Resolves when nothing waits any more and nothing is under way. */
  async drain(): Promise<void> {
    while (this.#running !== undefined || this.#recalls.size + this.#handed_over.size > 0) {
      await this.#running;
      await Promise.all(this.#recalls);
      if (this.#handed_over.size > 0) await this.#handed_over.settled();
    }
  }

  get #waiting(): number {
    return this.#queue.weight + this.#again.length;
  }

  #start(): void {
    if (this.#waiting === 0) return;
    this.#running ??= this.#run();
    if (this.#gathering !== undefined && this.#waiting >= this.#gathering.size) this.#gathering.gathered();
  }

  /**
   * Waits until as many writes have come as are in flight, or many, or those in flight are done: what is decided meanwhile
   * must not be a few, or a batch's fixed cost is paid for a few. Nobody waits longer for it, because it has to wait for
   * them anyway.
   */
  async #gather(before: InFlight): Promise<void> {
    const size = Math.min(before.size, MANY_ITEMS);
    if (this.#waiting >= size) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gathering = { size, gathered: resolve };
    await Promise.race([promise, before.sound]);
    this.#gathering = undefined;
  }

  /**
   * While one batch is being written, the next one is decided, on books as they will be: so neither the database nor this
   * thread waits for the other. It is written only after all of the one before was.
   */
  async #run(): Promise<void> {
    let before: InFlight | undefined;
    while (this.#waiting > 0 || before !== undefined) {
      // What arrived with the first one, in this turn of the event loop, goes with it.
      await nextTurn();
      if (before !== undefined) await this.#gather(before);
      const items = this.#nextItems();
      const is_locked = items.some((item) => item.overtaken >= OVERTAKEN_MAX);
      if (items.length === 0 || is_locked) {
        await before?.sound;
        before = undefined;
        if (is_locked)
          await this.#settle(items, commitLocked(this.#services, this.#keys, items), this.#now());
        continue;
      }
      const began_ms = this.#now();
      const decided = await this.#decide(items, before);
      const is_sound = before === undefined || (await before.sound);
      before = undefined;
      if (decided instanceof Error) await this.#recover(items, decided);
      else if (is_sound) before = this.#write(items, decided, began_ms);
      else {
        this.#keys.forget(decided.draft.lane_keys);
        this.#again.unshift(...items);
      }
    }
    this.#running = undefined;
  }

  #now(): number {
    return this.#services.monotonic_ms();
  }

  #nextItems(): WriteItem[] {
    const again = this.#again;
    this.#again = [];
    const items = [...again, ...this.#queue.take(Math.max(1, BATCH_ITEMS_MAX - again.length))];
    const too_old_ms = this.#now() - WAIT_MS_MAX;
    return items.filter((item) => {
      if (item.arrived_ms >= too_old_ms) return true;
      this.#shed(item);
      return false;
    });
  }

  #shed(item: WriteItem): void {
    this.#observer.shed();
    item.reject(
      new TallystickError('overloaded', 'Too many writes are waiting; nothing of this one was done.'),
    );
  }

  /** A decided batch, or why it could not be read. */
  async #decide(items: readonly WriteItem[], before: InFlight | undefined): Promise<DecidedBatch | Error> {
    const known = {
      book: (id: string) => this.#cache.take(id),
      keys: this.#keys,
      reads_keys: this.#keys.readsNext(),
      in_flight: before?.holds ?? NOTHING,
    };
    try {
      return await decideBatch(single(this.#services), this.#services, known, items);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Begins to write a batch, and remembers its books as they will be. */
  #write(items: readonly WriteItem[], batch: DecidedBatch, began_ms: number): InFlight {
    let writing: Promise<CommittedBatch>;
    try {
      writing = writeBatch(this.#services, this.#keys, batch);
      this.#keepBooks(batch);
    } catch (error) {
      writing = Promise.reject(error);
    }
    return { size: items.length, holds: batch.holds, sound: this.#settle(items, writing, began_ms) };
  }

  /** Answers a batch once it is written; false where not all of it was, so that its books are not what they seem. */
  async #settle(
    items: readonly WriteItem[],
    writing: Promise<CommittedBatch>,
    began_ms: number,
  ): Promise<boolean> {
    let batch: CommittedBatch;
    try {
      batch = await writing;
    } catch (error) {
      for (const { tenant_id } of items) this.#cache.take(tenant_id);
      await this.#recover(items, error);
      return false;
    }
    this.#observer.committed(items.length, (this.#now() - began_ms) / 1000);
    this.#answer(batch);
    const unwritten = [...batch.draft.books.keys()].filter((tenant_id) => !batch.written.has(tenant_id));
    for (const tenant_id of unwritten) this.#cache.take(tenant_id);
    return unwritten.length === 0 && batch.lost === undefined;
  }

  /** Decides and writes a part of a batch that failed, with nothing beside it. */
  async #commit(items: readonly WriteItem[]): Promise<void> {
    const began_ms = this.#now();
    const decided = await this.#decide(items, undefined);
    if (decided instanceof Error) await this.#recover(items, decided);
    else await this.#write(items, decided, began_ms).sound;
  }

  /**
   * Nothing was written. Where a key was stored that was taken to be new, keys are read the next time. What else fails in
   * company is tried in halves, until it is alone: then the plain writer says what is wrong with it.
   */
  async #recover(items: readonly WriteItem[], error: unknown): Promise<void> {
    const is_conflict = CONFLICTS.has(sqlState(error) ?? '');
    const [first] = items;
    if (sqlState(error) === UNIQUE_VIOLATION && items.some((item) => !item.reads_keys)) {
      this.#keys.doubt();
      for (const item of items) item.reads_keys = true;
      this.#again.unshift(...items);
    } else if (isPassingTrouble(error) && !is_conflict) {
      for (const item of items) item.reject(error);
    } else if (items.length > 1) {
      const middle = items.length >> 1;
      await this.#commit(items.slice(0, middle));
      await this.#commit(items.slice(middle));
    } else if (first !== undefined) this.#handOver(first);
  }

  #answer(batch: CommittedBatch): void {
    const recalled: RecalledItem[] = [];
    let overtaken = 0;
    for (const decided of batch.decided) {
      const { item, outcome } = decided;
      if (outcome.kind === 'recalled') recalled.push({ item, ...outcome });
      else if (outcome.kind === 'failed') item.reject(outcome.error);
      else if (outcome.kind === 'plain') this.#handOver(item);
      else if (outcome.kind === 'later' || outcome.kind === 'stale') this.#again.push(item);
      else if (this.#answerOnBook(batch, decided)) continue;
      else if (batch.lost !== undefined) item.reject(batch.lost);
      else {
        if (batch.draft.books.has(item.tenant_id) && !batch.written.has(item.tenant_id)) {
          overtaken += 1;
          item.overtaken += 1;
        }
        // Before it is refused, it must be known that it was not answered already.
        if (outcome.kind === 'refused') item.reads_keys = true;
        this.#again.push(item);
      }
    }
    if (overtaken > 0) this.#observer.overtaken(overtaken);
    if (recalled.length > 0) {
      track(this.#recalls, recallAnswers(single(this.#services), recalled));
    }
  }

  /**
   * Answers what was decided on a book, where the database has proved that the book was so: its part was written, or,
   * where there was nothing to write, it was read for this batch. What is written has a new key, or it would have failed;
   * for a refusal the key must have been looked up.
   */
  #answerOnBook(
    { written, draft, books }: CommittedBatch,
    { item, outcome, keys_read }: DecidedItem,
  ): boolean {
    const { tenant_id } = item;
    if (outcome.kind === 'drafted') {
      if (!written.has(tenant_id)) return false;
      const { status, body } = outcome;
      item.resolve({ status, body, replayed: false } as Written<WriteKind>);
      return true;
    }
    const is_proved = draft.books.has(tenant_id) ? written.has(tenant_id) : wasRead(books, tenant_id);
    if (outcome.kind !== 'refused' || !is_proved || !keys_read) return false;
    item.reject(outcome.error);
    return true;
  }

  /** Remembers the books of a batch as they are once it is written; those that are in doubt the next one reads. */
  #keepBooks({ books, draft, decided }: DecidedBatch): void {
    const doubted = new Set<string>();
    for (const { item, outcome } of decided) {
      const { tenant_id } = item;
      // What contradicts the book, is refused on it without proof, or is the plain writer's to change.
      const is_unproved =
        outcome.kind === 'refused' && !draft.books.has(tenant_id) && !wasRead(books, tenant_id);
      if (outcome.kind === 'stale' || outcome.kind === 'plain' || is_unproved) doubted.add(tenant_id);
    }
    for (const [tenant_id, known] of books) {
      if (doubted.has(tenant_id)) continue;
      afterWriting(known.book);
      this.#cache.keep(known);
    }
  }

  #handOver(item: WriteItem): void {
    if (!this.#handed_over.take(item)) this.#shed(item);
  }
}

/** Whether a batch read a tenant's book itself, or found that there is none; and did not remember it. */
function wasRead(books: DecidedBatch['books'], tenant_id: string): boolean {
  return books.get(tenant_id)?.fresh !== false;
}

function track(set: Set<Promise<void>>, work: Promise<void>): void {
  const tracked = work.finally(() => set.delete(tracked));
  set.add(tracked);
}
