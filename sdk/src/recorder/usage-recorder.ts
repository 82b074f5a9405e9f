import { Backlog } from './backlog.ts';
import { type DeliveryCounts, DeliveryLoop } from './delivery-loop.ts';
import { type RecorderOptions, type RecorderTerms, termsOf } from './recorder-options.ts';
import type { UsageEvent } from './usage-event.ts';

/**
 * What a recorder has done: counts since it was made, and `pending` and what follows as of this moment. At any time
 * recorded + adopted = delivered + duplicates + rejected + set_aside + dropped + pending.
 */
export interface RecorderFigures {
  recorded: number;
  /** Read from what dead processes left. */
  adopted: number;
  /** New to the receiver. */
  delivered: number;
  /** That the receiver had already. */
  duplicates: number;
  /** Refused one by one, by the receiver or because they have no JSON. */
  rejected: number;
  /** In batches that were refused as a whole; on disk for the next start. */
  set_aside: number;
  /** Lost. 0 unless disk and memory are both full, or somebody emptied the spool folder. */
  dropped: number;
  pending: number;
  /** Of those pending, on disk. */
  spooled: number;
  /** Of all files that wait, leftovers that nobody has read yet included. */
  spool_bytes: number;
}

/**
 * Takes events without making anybody wait, and delivers every one at least once, in batches and one batch at a time.
 * What is recorded in one turn of the event loop is on disk at its end, survives kill -9 of the process from then on,
 * and leaves the disk once its delivery was acknowledged. Only Node runs it. RecorderOptions has every bound.
 */
export class UsageRecorder<Event extends object = UsageEvent> {
  readonly #terms: RecorderTerms<Event>;
  readonly #backlog: Backlog<Event>;
  readonly #loop: DeliveryLoop<Event>;
  readonly #counts: DeliveryCounts & { recorded: number } = {
    recorded: 0,
    adopted: 0,
    delivered: 0,
    duplicates: 0,
    rejected: 0,
    set_aside: 0,
    dropped: 0,
  };
  /** What was recorded in this turn of the event loop. */
  #turn: Event[] = [];
  #closing: Promise<RecorderFigures> | undefined;
  #is_closed = false;

  /** Takes over what dead recorders left in the folder. Throws a RangeError for a bound that is none. */
  constructor(options: RecorderOptions<Event>) {
    const terms = termsOf(options);
    this.#terms = { ...terms, onTrouble: guarded(terms.onTrouble) };
    this.#backlog = new Backlog(this.#terms);
    this.#loop = new DeliveryLoop(this.#terms, this.#backlog, this.#counts);
    this.#backlog.adopt();
    this.#loop.notice();
  }

  get figures(): RecorderFigures {
    const { pending, spooled } = this.#backlog.countWaiting();
    const spool_bytes = this.#backlog.bytesOnDisk;
    return { ...this.#counts, pending: pending + this.#turn.length, spooled, spool_bytes };
  }

  /** Never throws and never waits. The event is the recorder's from here on, so do not change it afterwards. */
  record(event: Event): void {
    this.#counts.recorded += 1;
    const length = this.#turn.push(event);
    if (length === 1) setImmediate(this.#endTurn);
    else if (length >= this.#terms.batch_events_max) this.#endTurn();
  }

  /**
   * Resolves once all that was recorded so far is delivered, without waiting for a batch to fill. Rejects with an
   * UndeliveredError as soon as an attempt fails; the recorder goes on trying.
   */
  flush(): Promise<void> {
    this.#endTurn();
    return keepingAlive(this.#loop.delivered(this.#backlog.lastNumber));
  }

  /**
   * Delivers what it can within the deadline, then stops; what remains is on disk for the next start. What is recorded
   * after that is written there too. Never rejects.
   */
  close(deadline_ms = this.#terms.close_deadline_ms): Promise<RecorderFigures> {
    this.#closing ??= keepingAlive(this.#close(deadline_ms));
    return this.#closing;
  }

  async #close(deadline_ms: number): Promise<RecorderFigures> {
    this.#endTurn();
    await this.#loop.finish(deadline_ms);
    this.#is_closed = true;
    this.#endTurn();
    this.#backlog.leave();
    return this.figures;
  }

  readonly #endTurn = (): void => {
    const events = this.#turn;
    if (events.length === 0) return;
    this.#turn = [];
    const { dropped, unwritable } = this.#backlog.append(events);
    this.#counts.dropped += dropped;
    this.#counts.rejected += unwritable;
    const { onTrouble } = this.#terms;
    if (dropped > 0) {
      onTrouble({ kind: 'events_dropped', detail: `no room for ${dropped} events`, events: dropped });
    }
    if (unwritable > 0) {
      const detail = `${unwritable} events have no JSON`;
      onTrouble({ kind: 'events_rejected', detail, events: unwritable });
    }
    // A file that nobody delivers any more is not left open, for whoever adopts it.
    if (this.#is_closed) this.#backlog.seal();
    else this.#loop.notice();
  };
}

/** Whoever records must not fail because somebody's logger does. */
function guarded<Told>(tell: (told: Told) => void): (told: Told) => void {
  return (told) => {
    try {
      tell(told);
    } catch {
      // There is nobody else to tell.
    }
  };
}

/** The timers of a recorder do not keep a process alive, so somebody who waits for it has to. */
async function keepingAlive<Result>(work: Promise<Result>): Promise<Result> {
  const alive = setInterval(() => undefined, 60_000);
  try {
    return await work;
  } finally {
    clearInterval(alive);
  }
}
