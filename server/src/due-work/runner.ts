import type { OffsetClock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { dueItems, presentHorizon } from './candidates.ts';
import type { DueHandler } from './handler.ts';
import { inTurns } from './in-turns.ts';
import type { DueWorkLog } from './log.ts';
import { type Outcome, runItem } from './run-item.ts';
import type { DueItem } from './schedule.ts';

/** Calls `work` every `interval_ms` until the function it answers is called. Tests inject their own. */
export type Repeat = (work: () => void, interval_ms: number) => () => void;

/** What a runner is made of. */
export interface RunnerOptions {
  db: Database;
  clock: OffsetClock;
  handlers: readonly DueHandler[];
  log: DueWorkLog;
  /** Of how many tenants items run at the same time; 1 where it is left out. */
  at_once?: number;
  repeat?: Repeat;
}

const TICK_MS = 1000;
const BATCH = 200;
/** A pass ends here and the next tick goes on, so that a handler which never gets done cannot keep it for ever. */
const LONGEST_PASS = 10_000;

const everyInterval: Repeat = (work, interval_ms) => {
  const timer = setInterval(work, interval_ms);
  return () => clearInterval(timer);
};

/**
 * Runs what falls due, in the order of next_due_at: the items of one tenant one after another, those of several at the
 * same time. Any number of processes may run one: an item is never done twice. Items of a kind without a handler are
 * left alone.
 */
export class DueWorkRunner {
  readonly #options: RunnerOptions;
  readonly #handlers: ReadonlyMap<string, DueHandler>;
  /** The kinds that have a handler and fall due once, and those that recur. */
  readonly kinds: { readonly single: readonly string[]; readonly recurring: readonly string[] };
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #stopRepeating: (() => void) | undefined;
  #stopping = false;
  #troubled = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#handlers = new Map(options.handlers.map((handler) => [handler.kind, handler]));
    if (this.#handlers.size < options.handlers.length) throw new Error('a kind of due work has two handlers');
    const kindsOf = (recurring: boolean) =>
      options.handlers
        .filter((handler) => (handler.recurring ?? false) === recurring)
        .map(({ kind }) => kind);
    this.kinds = { single: kindsOf(false), recurring: kindsOf(true) };
  }

  /** From now on runs what is due every second. */
  start(): void {
    this.#stopRepeating = (this.#options.repeat ?? everyInterval)(() => void this.#tick(), TICK_MS);
  }

  /** Ends after the items under way. False where that took longer than `deadline_ms`; it is not interrupted. */
  async stop(deadline_ms: number): Promise<boolean> {
    this.#stopping = true;
    this.#stopRepeating?.();
    const { promise: overdue, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), deadline_ms);
    const ended = this.#turn.then(
      () => true,
      () => true,
    );
    return await Promise.race([ended, overdue]).finally(() => clearTimeout(timer));
  }

  /** Whether stop() was called: long work in exclusive() ends early then. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Runs all that is due now, at the present time of each tenant; answers how many items had a turn. */
  runDue(): Promise<number> {
    return this.exclusive(() => this.#pass(() => false));
  }

  /** Runs `work` while this process runs no other due work. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const result = this.#turn.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** One item's turn; within exclusive(). `not_before` bounds from below when a failure is tried again. */
  async runOne(item: DueItem, now: Date, not_before?: Date): Promise<Outcome> {
    const handler = this.#handlers.get(item.kind);
    if (handler === undefined) return 'skipped';
    return await runItem(this.#options, handler, item, now, not_before);
  }

  async #tick(): Promise<void> {
    if (this.#waiting > 0 || this.#stopping) return;
    try {
      // Whoever waits for a turn of its own, as an advance of the test clock does, need not wait for all that is due.
      await this.exclusive(() => this.#pass(() => this.#waiting > 1));
      if (this.#troubled) this.#options.log.info({}, 'due work goes on');
      this.#troubled = false;
    } catch (error) {
      // Once per trouble and not once a second: the database is away, and every request says so too.
      if (!this.#troubled) this.#options.log.error({ err: error }, 'due work cannot run');
      this.#troubled = true;
    }
  }

  async #pass(isOver: () => boolean): Promise<number> {
    const { db, clock, at_once = 1 } = this.#options;
    const kinds = [...this.kinds.single, ...this.kinds.recurring];
    let turns = 0;
    while (turns < LONGEST_PASS && !this.#stopping) {
      const items = await dueItems(db, presentHorizon(clock), kinds, BATCH);
      let progress = false;
      await inTurns(items, at_once, async (item) => {
        if (this.#stopping) return;
        const outcome = await this.runOne(item, clock.now(item.tenant_id));
        if (outcome !== 'skipped') progress = true;
        turns += 1;
      });
      // What was done may have made more due. Where all were skipped, other processes are at them.
      if (!progress || isOver()) break;
    }
    return turns;
  }
}
