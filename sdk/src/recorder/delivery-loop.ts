import type { Backlog, Segment } from './backlog.ts';
import type { DeliveryFailure, RecorderTerms } from './recorder-options.ts';
import { appendRejected } from './rejected-file.ts';
import type { Delivered } from './usage-event.ts';

/** What a recorder counts. */
export interface DeliveryCounts {
  adopted: number;
  delivered: number;
  duplicates: number;
  rejected: number;
  set_aside: number;
  dropped: number;
}

/** What flush() rejects with: not all is delivered. It stays recorded, and goes on being tried. */
export class UndeliveredError extends Error {
  override readonly name = 'UndeliveredError';
}

interface Waiter {
  /** The number of the last segment it waits for. */
  through: number;
  resolve(): void;
  reject(error: UndeliveredError): void;
}

/** Takes the segments of a backlog in order, one delivery at a time, for as long as there are any. */
export class DeliveryLoop<Event extends object> {
  readonly #terms: RecorderTerms<Event>;
  readonly #backlog: Backlog<Event>;
  readonly #counts: DeliveryCounts;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #waiters: Waiter[] = [];
  #failures_in_a_row = 0;
  #last_failure: unknown;
  /** The wait that is under way, if any. */
  #rest: { kind: 'for more' | 'to retry' | 'as told'; until: number; alarm: AbortController } | undefined;
  #stops_at = Number.POSITIVE_INFINITY;
  #looked_for_leftovers_at: number;

  constructor(terms: RecorderTerms<Event>, backlog: Backlog<Event>, counts: DeliveryCounts) {
    this.#terms = terms;
    this.#backlog = backlog;
    this.#counts = counts;
    this.#looked_for_leftovers_at = terms.timing.now();
  }

  /** To be called whenever something was added. */
  notice(): void {
    if (this.#rest?.kind === 'for more' && this.#backlog.head !== undefined) this.#rest.alarm.abort();
    if (this.#running !== undefined || this.#stopped.signal.aborted) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#backlog.oldestNumber !== undefined) this.notice();
    });
  }

  /** Resolves once the segments up to this number are delivered; rejects as soon as an attempt fails. */
  delivered(through: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ through, resolve, reject });
      this.#settleWaiters();
      if (this.#rest?.kind === 'as told' || this.#stopped.signal.aborted) this.#failWaiters();
      else this.#rest?.alarm.abort();
    });
  }

  /** Goes on until all is delivered or so much time passed, and no longer. */
  async finish(deadline_ms: number): Promise<void> {
    const { timing } = this.#terms;
    this.#stops_at = timing.now() + deadline_ms;
    if (this.#rest?.kind === 'as told' && this.#rest.until >= this.#stops_at) this.#stop();
    this.#rest?.alarm.abort();
    timing.sleep(deadline_ms, this.#stopped.signal).then(
      () => this.#stop(),
      // All was done before.
      () => undefined,
    );
    while (this.#running !== undefined) await this.#running;
    this.#stop();
    this.#failWaiters();
  }

  #stop(): void {
    this.#stopped.abort(new Error('the recorder is closed'));
    this.#rest?.alarm.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted && this.#backlog.oldestNumber !== undefined) {
      this.#lookForLeftovers();
      if (this.#backlog.head === undefined) {
        if (!this.#isPressed()) await this.#restFor(this.#terms.batch_wait_ms, 'for more');
        if (this.#backlog.head === undefined) this.#backlog.seal();
      }
      const { head } = this.#backlog;
      if (head !== undefined && !this.#stopped.signal.aborted) await this.#deliverSegment(head);
      this.#settleWaiters();
    }
  }

  /** Whether somebody waits, so that there is no waiting for a batch to fill. */
  #isPressed(): boolean {
    return this.#waiters.length > 0 || this.#stops_at < Number.POSITIVE_INFINITY;
  }

  #lookForLeftovers(): void {
    const now = this.#terms.timing.now();
    if (now - this.#looked_for_leftovers_at < this.#terms.adopt_pause_ms) return;
    this.#looked_for_leftovers_at = now;
    this.#backlog.adopt();
  }

  async #deliverSegment(segment: Segment<Event>): Promise<void> {
    const events = this.#read(segment);
    while (segment.done < events.length) {
      const batch = events.slice(segment.done, segment.done + this.#terms.batch_events_max);
      try {
        const is_all = batch.length === events.length;
        const answer = await this.#attempt(
          batch,
          () => (is_all ? this.#backlog.jsonOf(segment) : undefined) ?? JSON.stringify(batch),
        );
        segment.done += batch.length;
        this.#note(batch, answer);
      } catch (error) {
        await this.#fail(segment, error);
        return;
      }
    }
    this.#failures_in_a_row = 0;
    this.#backlog.removeHead('remove file');
  }

  #read(segment: Segment<Event>): Event[] {
    let events: Event[] = [];
    try {
      events = this.#backlog.eventsOf(segment);
    } catch (cause) {
      const detail = `${segment.file?.path} cannot be read`;
      this.#terms.onTrouble({ kind: 'spool_unreadable', detail, cause });
    }
    if (segment.count === undefined) this.#counts.adopted += events.length;
    else this.#counts.dropped += segment.count - events.length;
    segment.count = events.length;
    return events;
  }

  /** One delivery, which is over when its time is, whether or not what delivers minds its signal. */
  async #attempt(batch: readonly Event[], toJson: () => string): Promise<Delivered> {
    const { timing, delivery_timeout_ms } = this.#terms;
    const ending = new AbortController();
    const timer = new AbortController();
    const stop = () => ending.abort(this.#stopped.signal.reason);
    this.#stopped.signal.addEventListener('abort', stop, { once: true });
    const over = new Promise<never>((_resolve, reject) => {
      ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true });
    });
    timing.sleep(delivery_timeout_ms, timer.signal).then(
      () => ending.abort(new Error(`not delivered within ${delivery_timeout_ms} ms`)),
      // It was over before.
      () => undefined,
    );
    const deliver = async () => this.#terms.deliver(batch, ending.signal, toJson);
    try {
      return checkedAnswer(await Promise.race([deliver(), over]));
    } finally {
      timer.abort();
      this.#stopped.signal.removeEventListener('abort', stop);
    }
  }

  #note(batch: readonly Event[], { accepted, duplicates, rejected }: Delivered): void {
    this.#counts.delivered += accepted;
    this.#counts.duplicates += duplicates;
    this.#counts.rejected += rejected.length;
    if (rejected.length === 0) return;
    const { spool_folder, rejected_bytes_max, onTrouble } = this.#terms;
    const rows = rejected.map(({ index, code, detail }) => ({ code, detail, event: batch[index] ?? {} }));
    const detail = `${rejected.length} events were rejected, the first because of ${rows[0]?.code}: ${rows[0]?.detail}`;
    onTrouble({ kind: 'events_rejected', detail, events: rejected.length });
    try {
      appendRejected(spool_folder, rejected_bytes_max, rows);
    } catch (cause) {
      onTrouble({ kind: 'spool_unwritable', detail: `rejected.jsonl cannot be written`, cause });
    }
  }

  async #fail(segment: Segment<Event>, error: unknown): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#last_failure = error;
    this.#failWaiters();
    const verdict = this.#judge(error);
    const waiting = (segment.count ?? 0) - segment.done;
    const kind = verdict.kind === 'passing' ? 'delivery_failed' : 'delivery_refused';
    const detail = `${waiting} events were not delivered: ${error instanceof Error ? error.message : error}`;
    this.#terms.onTrouble({ kind, detail, events: waiting, cause: error });
    if (verdict.kind === 'batch_refused') {
      this.#counts[segment.file === undefined ? 'dropped' : 'set_aside'] += waiting;
      this.#backlog.removeHead('keep file');
      return;
    }
    this.#failures_in_a_row += 1;
    const pause = this.#pauseAfter(verdict);
    if (this.#terms.timing.now() + pause >= this.#stops_at) this.#stop();
    else
      await this.#restFor(
        pause,
        verdict.kind === 'passing' && verdict.retry_after_ms === undefined ? 'to retry' : 'as told',
      );
  }

  #judge(error: unknown): DeliveryFailure {
    try {
      return this.#terms.judgeFailure(error);
    } catch {
      return { kind: 'passing' };
    }
  }

  #pauseAfter(verdict: DeliveryFailure): number {
    const { timing, refused_pause_ms, retry_pause_first_ms, retry_pause_max_ms } = this.#terms;
    if (verdict.kind !== 'passing') return refused_pause_ms;
    const bound = Math.min(retry_pause_max_ms, retry_pause_first_ms * 2 ** (this.#failures_in_a_row - 1));
    return (verdict.retry_after_ms ?? 0) + timing.random() * bound;
  }

  async #restFor(milliseconds: number, kind: 'for more' | 'to retry' | 'as told'): Promise<void> {
    const { timing } = this.#terms;
    const alarm = new AbortController();
    this.#rest = { kind, until: timing.now() + milliseconds, alarm };
    try {
      await timing.sleep(milliseconds, alarm.signal);
    } catch {
      // Somebody does not want to wait for the rest of it.
    }
    this.#rest = undefined;
  }

  #settleWaiters(): void {
    const oldest = this.#backlog.oldestNumber ?? Number.POSITIVE_INFINITY;
    const done = this.#waiters.filter(({ through }) => through < oldest);
    this.#waiters = this.#waiters.filter(({ through }) => through >= oldest);
    for (const { resolve } of done) resolve();
  }

  #failWaiters(): void {
    const cause = this.#last_failure;
    const because = cause instanceof Error ? `: ${cause.message}` : '';
    const failed = this.#waiters;
    this.#waiters = [];
    for (const { reject } of failed)
      reject(new UndeliveredError(`not all is delivered${because}`, { cause }));
  }
}

/** Whatever answered has to be what was asked: a proxy's page with a 200 is no delivery. */
function checkedAnswer(answer: Delivered): Delivered {
  const { accepted, duplicates, rejected } = answer ?? {};
  if (!Number.isInteger(accepted) || !Number.isInteger(duplicates) || !Array.isArray(rejected)) {
    throw new TypeError('the answer to a delivery does not say what became of its events');
  }
  return answer;
}
