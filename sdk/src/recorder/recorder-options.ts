import type { Timing } from '../options.ts';
import { unreferencedTiming } from './unreferenced-timing.ts';
import type { Delivered, UsageEvent } from './usage-event.ts';

/** What a failed delivery means for those after it. */
export type DeliveryFailure =
  /** It may succeed in a moment, but not before retry_after_ms. */
  | { kind: 'passing'; retry_after_ms?: number }
  /** Nothing will be taken until somebody acts, as where the key was revoked: all waits, and is tried seldom. */
  | { kind: 'refused' }
  /** This batch will never be taken. It stays on disk for the next start, and the next batch goes on. */
  | { kind: 'batch_refused' };

/** Something that somebody should know; the recorder goes on by itself. */
export interface RecorderTrouble {
  kind: /** A delivery failed and will be repeated. */
    | 'delivery_failed'
    /** A delivery was refused: see DeliveryFailure. */
    | 'delivery_refused'
    /** Events that were refused one by one. They are in rejected.jsonl of the spool folder. */
    | 'events_rejected'
    /** The spool folder takes nothing: what is recorded now would not survive the process. */
    | 'spool_unwritable'
    /** spool_bytes_max is reached, with the same effect. */
    | 'spool_full'
    /** A leftover or a line of one could not be read. */
    | 'spool_unreadable'
    /** Disk and memory are both full: these events are lost. */
    | 'events_dropped';
  detail: string;
  /** How many events it is about, where that is known. */
  events?: number;
  cause?: unknown;
}

/** What a recorder goes by. All but the first two have a default. */
export interface RecorderOptions<Event extends object = UsageEvent> {
  /**
   * Delivers a batch, and resolves once it is durable. Rejects where it is not known to be: then the same events come
   * again, so the receiver has to tell them by their ids. The signal is aborted when nobody waits any longer. `toJson`
   * gives the events as a JSON array, for less than making it again would cost.
   */
  deliver(events: readonly Event[], signal: AbortSignal, toJson: () => string): Promise<Delivered>;
  /**
   * Where events wait until they are delivered; made where it is missing. Processes of one machine may share it, and
   * each takes over what dead ones left. Machines or containers, whose process ids mean nothing to each other, may not.
   */
  spool_folder: string;
  /** What the error of a delivery means; without it every error is a passing one. */
  judgeFailure?(error: unknown): DeliveryFailure;
  /** Told of trouble; without it that is a warning of the process. */
  onTrouble?(trouble: RecorderTrouble): void;
  /** How many events a delivery has at most; 1,000, which is what the API takes. */
  batch_events_max?: number;
  /** About how large a delivery may become, in bytes of JSON; 524,288. */
  batch_bytes_max?: number;
  /** How long an event waits for others before a smaller batch is delivered; 200. */
  batch_wait_ms?: number;
  /** How long one delivery may take; 30,000. */
  delivery_timeout_ms?: number;
  /** The bound of the random pause after a first failure, which doubles with each further one; 200. */
  retry_pause_first_ms?: number;
  /** And what it does not exceed; 10,000. */
  retry_pause_max_ms?: number;
  /** How long a refused recorder waits before it asks again; 60,000. */
  refused_pause_ms?: number;
  /** How many waiting events are kept in memory, so as not to be read again, or for want of a disk; 10,000. */
  memory_events_max?: number;
  /** And how many bytes of JSON; 33,554,432. */
  memory_bytes_max?: number;
  /** How many bytes of waiting events this recorder keeps on disk; 1,073,741,824. */
  spool_bytes_max?: number;
  /** How large rejected.jsonl becomes before it replaces rejected.old.jsonl, in bytes; 8,388,608. */
  rejected_bytes_max?: number;
  /** How often it looks for what dead processes left; 60,000. */
  adopt_pause_ms?: number;
  /** How long closing may take without a deadline of its own; 5,000. */
  close_deadline_ms?: number;
  /** Used in place of the system's clock and chance, by tests. */
  timing?: Timing;
}

/** The options with their defaults. */
export type RecorderTerms<Event extends object> = Required<RecorderOptions<Event>>;

/** Fills in the defaults. Throws a RangeError for a bound that is no positive number. */
export function termsOf<Event extends object>(options: RecorderOptions<Event>): RecorderTerms<Event> {
  const terms: RecorderTerms<Event> = {
    judgeFailure: () => ({ kind: 'passing' }),
    onTrouble: warn,
    batch_events_max: 1000,
    batch_bytes_max: 512 * 1024,
    batch_wait_ms: 200,
    delivery_timeout_ms: 30_000,
    retry_pause_first_ms: 200,
    retry_pause_max_ms: 10_000,
    refused_pause_ms: 60_000,
    memory_events_max: 10_000,
    memory_bytes_max: 32 * 1024 * 1024,
    spool_bytes_max: 1024 * 1024 * 1024,
    rejected_bytes_max: 8 * 1024 * 1024,
    adopt_pause_ms: 60_000,
    close_deadline_ms: 5000,
    timing: unreferencedTiming,
    ...options,
  };
  for (const [name, value] of Object.entries(terms)) {
    if (/_(max|ms)$/.test(name) && !(typeof value === 'number' && value > 0)) {
      throw new RangeError(`${name} takes a number above 0, not ${value}`);
    }
  }
  return terms;
}

function warn({ kind, detail }: RecorderTrouble): void {
  process.emitWarning(detail, { type: 'TallystickWarning', code: kind });
}
