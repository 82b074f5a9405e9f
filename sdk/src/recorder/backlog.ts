import type { RecorderTerms } from './recorder-options.ts';
import { type SegmentFile, SegmentFiles } from './segment-files.ts';

/** A run of events that is delivered as one. It is on disk, in memory, or both. */
export interface Segment<Event> {
  /** Its place in the order of what was recorded. */
  number: number;
  /** Undefined where the disk did not take it. */
  file: SegmentFile | undefined;
  /** Undefined where it has to be read from the file. */
  events: Event[] | undefined;
  /** The JSON of each, as it was written down: made once, for the disk and for the delivery. */
  lines: string[];
  /** How many events; undefined for a leftover that nobody has read yet. */
  count: number | undefined;
  /** How many of them, from the first, are delivered. */
  done: number;
  bytes: number;
}

/** What goes to disk in one write: events, the JSON of each, and how long that is with its line ends. */
interface Piece<Event> {
  events: Event[];
  lines: string[];
  length: number;
}

/** What appending could not keep. */
export interface Unkept {
  /** For want of room anywhere. */
  dropped: number;
  /** What has no JSON. */
  unwritable: number;
}

type Bounds = Pick<
  RecorderTerms<object>,
  | 'spool_folder'
  | 'batch_events_max'
  | 'batch_bytes_max'
  | 'memory_events_max'
  | 'memory_bytes_max'
  | 'spool_bytes_max'
  | 'onTrouble'
>;

/**
 * What was recorded and is not delivered, in order: sealed segments, and the one that grows. An event is written to
 * disk before it counts as recorded. Memory keeps copies up to its bounds, and originals where the disk takes nothing.
 */
export class Backlog<Event extends object> {
  readonly #bounds: Bounds;
  readonly #files: SegmentFiles;
  #sealed: Segment<Event>[] = [];
  #open: Segment<Event> | undefined;
  #numbered = 0;
  #events_in_memory = 0;
  #bytes_in_memory = 0;
  #bytes_on_disk = 0;
  #disk_trouble: 'spool_unwritable' | 'spool_full' | undefined;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
    this.#files = new SegmentFiles(bounds.spool_folder);
  }

  get bytesOnDisk(): number {
    return this.#bytes_on_disk;
  }

  /** The number of the last segment that has an event. */
  get lastNumber(): number {
    return this.#numbered;
  }

  /** The next segment to deliver, if one is sealed. */
  get head(): Segment<Event> | undefined {
    return this.#sealed[0];
  }

  /** The number of the first segment that waits, sealed or not; undefined where none does. */
  get oldestNumber(): number | undefined {
    return (this.#sealed[0] ?? this.#open)?.number;
  }

  /** Events that are known to wait, and how many of these are on disk. */
  countWaiting(): { pending: number; spooled: number } {
    const count = { pending: 0, spooled: 0 };
    for (const segment of [...this.#sealed, ...(this.#open === undefined ? [] : [this.#open])]) {
      const waiting = (segment.count ?? 0) - segment.done;
      count.pending += waiting;
      if (segment.file !== undefined) count.spooled += waiting;
    }
    return count;
  }

  /** Writes events down, and never throws. */
  append(events: readonly Event[]): Unkept {
    const unkept = { dropped: 0, unwritable: 0 };
    const { batch_events_max, batch_bytes_max } = this.#bounds;
    let piece: Piece<Event> = { events: [], lines: [], length: 0 };
    for (const event of events) {
      const line = lineOf(event);
      if (line === undefined) {
        unkept.unwritable += 1;
        continue;
      }
      const is_full =
        piece.events.length >= batch_events_max || piece.length + line.length >= batch_bytes_max;
      if (is_full && piece.events.length > 0) {
        unkept.dropped += this.#appendPiece(piece);
        piece = { events: [], lines: [], length: 0 };
      }
      piece.events.push(event);
      piece.lines.push(line);
      piece.length += line.length + 1;
    }
    if (piece.events.length > 0) unkept.dropped += this.#appendPiece(piece);
    return unkept;
  }

  /** Ends the growing segment, so that it can be delivered. */
  seal(): void {
    const segment = this.#open;
    if (segment === undefined) return;
    this.#open = undefined;
    const { file } = segment;
    if (file !== undefined) {
      if (this.#sealed.length >= OPEN_FILES_MAX) {
        this.#tryTo(`${file.path} cannot be closed`, () => this.#files.close(file));
      }
      const { memory_events_max, memory_bytes_max } = this.#bounds;
      if (this.#events_in_memory > memory_events_max || this.#bytes_in_memory > memory_bytes_max)
        this.#forget(segment);
    }
    this.#sealed.push(segment);
  }

  /** The events of a sealed segment, from memory or from its file. Throws what reading throws. */
  eventsOf(segment: Segment<Event>): Event[] {
    if (segment.events !== undefined) return segment.events;
    if (segment.file === undefined) return [];
    const events: Event[] = [];
    let unreadable = 0;
    for (const line of this.#files.lines(segment.file)) {
      try {
        events.push(JSON.parse(line) as Event);
      } catch {
        unreadable += 1;
      }
    }
    if (unreadable > 0) {
      const detail = `${unreadable} lines of ${segment.file.path} are no JSON`;
      this.#bounds.onTrouble({ kind: 'spool_unreadable', detail, events: unreadable });
    }
    return events;
  }

  /** All events of a sealed segment as a JSON array; undefined where they are not in memory. */
  jsonOf(segment: Segment<Event>): string | undefined {
    return segment.lines.length === 0 ? undefined : `[${segment.lines.join(',')}]`;
  }

  /** Takes the head out: its file is removed where it was delivered, and kept for the next start where it was not. */
  removeHead(then: 'remove file' | 'keep file'): void {
    const segment = this.#sealed.shift();
    if (segment === undefined) return;
    this.#forget(segment);
    const { file } = segment;
    if (file === undefined) return;
    if (then === 'keep file') {
      this.#tryTo(`${file.path} cannot be closed`, () => this.#files.close(file));
      return;
    }
    this.#bytes_on_disk -= file.bytes;
    const detail = `${file.path} was delivered and cannot be removed, so it will be delivered again`;
    this.#tryTo(detail, () => this.#files.remove(file));
  }

  /** Puts what dead recorders left before all that waits. */
  adopt(): void {
    try {
      const files = this.#files.adopt();
      const leftovers = files.map((file) => {
        this.#bytes_on_disk += file.bytes;
        return {
          number: 0,
          file,
          events: undefined,
          lines: [],
          count: undefined,
          done: 0,
          bytes: file.bytes,
        };
      });
      // The first stays first: it may be on its way.
      this.#sealed.splice(Math.min(1, this.#sealed.length), 0, ...leftovers);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
      const { spool_folder, onTrouble } = this.#bounds;
      onTrouble({ kind: 'spool_unreadable', detail: `${spool_folder} cannot be read`, cause });
    }
  }

  /** Leaves what is on disk to whoever starts next. */
  leave(): void {
    this.seal();
    for (const { file } of this.#sealed) {
      if (file !== undefined) this.#tryTo(`${file.path} cannot be closed`, () => this.#files.close(file));
    }
    this.#tryTo('a spare file cannot be removed', () => this.#files.disown());
  }

  /** Answers how many had to be dropped. */
  #appendPiece({ events, lines, length }: Piece<Event>): number {
    const { batch_events_max, batch_bytes_max } = this.#bounds;
    const open = this.#open;
    const grows = (open?.count ?? 0) + events.length > batch_events_max;
    if (open !== undefined && (grows || open.bytes + length > batch_bytes_max)) this.seal();
    let segment = this.#open ?? this.#begin();
    const { file } = segment;
    // No JSON has a line break of its own: in a string it is escaped.
    if (file !== undefined && !this.#writeTo(file, `${lines.join('\n')}\n`)) {
      if (segment.count === 0) {
        this.#tryTo(`${file.path} is empty and cannot be removed`, () => this.#files.remove(file));
        segment.file = undefined;
      } else {
        this.seal();
        segment = this.#begin('in memory');
      }
    }
    const kept = segment.file === undefined ? this.#makeRoom(events, length) : events;
    const bytes = kept.length > 0 ? length : 0;
    segment.events?.push(...kept);
    segment.lines.push(...lines.slice(0, kept.length));
    segment.count = (segment.count ?? 0) + kept.length;
    segment.bytes += bytes;
    this.#events_in_memory += kept.length;
    this.#bytes_in_memory += bytes;
    if (segment.count === 0) this.#open = undefined;
    else if (segment.count >= batch_events_max) this.seal();
    return events.length - kept.length;
  }

  #begin(where?: 'in memory'): Segment<Event> {
    const file = where === 'in memory' ? undefined : this.#openFile();
    this.#numbered += 1;
    this.#open = { number: this.#numbered, file, events: [], lines: [], count: 0, done: 0, bytes: 0 };
    return this.#open;
  }

  #openFile(): SegmentFile | undefined {
    const { spool_bytes_max, spool_folder } = this.#bounds;
    if (this.#bytes_on_disk >= spool_bytes_max) {
      this.#noteDisk('spool_full', `${spool_folder} holds ${this.#bytes_on_disk} bytes that wait`);
      return undefined;
    }
    try {
      return this.#files.open();
    } catch (cause) {
      this.#noteDisk('spool_unwritable', `no file can be made in ${spool_folder}`, cause);
      return undefined;
    }
  }

  #writeTo(file: SegmentFile, text: string): boolean {
    const before = file.bytes;
    try {
      this.#files.append(file, text);
      this.#bytes_on_disk += file.bytes - before;
      this.#disk_trouble = undefined;
      return true;
    } catch (cause) {
      this.#noteDisk('spool_unwritable', `${file.path} cannot be written`, cause);
      return false;
    }
  }

  #tryTo(detail: string, act: () => void): void {
    try {
      act();
    } catch (cause) {
      this.#bounds.onTrouble({ kind: 'spool_unwritable', detail, cause });
    }
  }

  /** Says so once, and again only after something else was true. */
  #noteDisk(kind: 'spool_unwritable' | 'spool_full', detail: string, cause?: unknown): void {
    if (this.#disk_trouble !== kind) this.#bounds.onTrouble({ kind, detail, cause });
    this.#disk_trouble = kind;
  }

  /** As many of the first events as memory takes, once the copies of what is on disk made room for them. */
  #makeRoom(piece: Event[], bytes: number): Event[] {
    const { memory_events_max, memory_bytes_max } = this.#bounds;
    const fits = () =>
      this.#events_in_memory + piece.length <= memory_events_max &&
      this.#bytes_in_memory + bytes <= memory_bytes_max;
    if (!fits()) {
      for (const segment of this.#sealed) if (segment.file !== undefined) this.#forget(segment);
    }
    if (fits()) return piece;
    if (this.#bytes_in_memory + bytes > memory_bytes_max) return [];
    return piece.slice(0, Math.max(0, memory_events_max - this.#events_in_memory));
  }

  #forget(segment: Segment<Event>): void {
    if (segment.events === undefined) return;
    this.#events_in_memory -= segment.events.length;
    this.#bytes_in_memory -= segment.bytes;
    segment.events = undefined;
    segment.lines = [];
  }
}

/** How many sealed segments may wait with an open file. */
const OPEN_FILES_MAX = 3;

/** Undefined for what JSON cannot say, such as a circle. */
function lineOf(event: object): string | undefined {
  try {
    return JSON.stringify(event) as string | undefined;
  } catch {
    return undefined;
  }
}
