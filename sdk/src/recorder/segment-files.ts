import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** A file of whole lines, each the JSON of one event. Its name carries the process and the recorder it belongs to. */
export interface SegmentFile {
  path: string;
  bytes: number;
  /** Open while it is appended to. */
  descriptor: number | undefined;
}

/** How many files are kept open, so as to be written again: to make one costs some systems a millisecond. */
const SPARE_FILES_MAX = 4;

const segmentName = /^usage-(\d{1,10})-([0-9a-f]{16})-(\d{10,})\.jsonl$/;

/** Of every recorder in this process, whichever copy of this module made it: a dead process may have had our pid. */
const liveOwners = ownersOfThisProcess();

function ownersOfThisProcess(): Set<string> {
  const key = Symbol.for('tallystick.recorder.owners');
  const holder = globalThis as { [key]?: Set<string> };
  holder[key] ??= new Set();
  return holder[key];
}

/**
 * The segment files of one recorder in a folder. All of it is synchronous: a write is a copy into the system's memory,
 * which survives the process though not the machine, and only so does it come before the event is anywhere else.
 * Every method throws what the file system throws.
 */
export class SegmentFiles {
  readonly #folder: string;
  readonly #owner: string;
  /** Empty and open. */
  readonly #spare: SegmentFile[] = [];
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#owner = crypto.randomUUID().replaceAll('-', '').slice(0, 16);
    liveOwners.add(this.#owner);
  }

  open(): SegmentFile {
    const spare = this.#spare.pop();
    if (spare !== undefined && existsSync(spare.path)) return spare;
    if (spare !== undefined) this.close(spare);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#nextPath();
    return { path, bytes: 0, descriptor: openSync(path, 'ax', 0o600) };
  }

  /** Appends all of the text or, where it throws, nothing. */
  append(file: SegmentFile, text: string): void {
    const { descriptor } = file;
    if (descriptor === undefined) throw new Error(`${file.path} is closed`);
    const bytes = Buffer.from(text);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    } catch (error) {
      ftruncateSync(descriptor, file.bytes);
      throw error;
    }
    file.bytes += bytes.length;
  }

  close(file: SegmentFile): void {
    if (file.descriptor !== undefined) closeSync(file.descriptor);
    file.descriptor = undefined;
  }

  /** The whole lines, without what a dying process wrote of a last one. */
  lines(file: SegmentFile): string[] {
    return readFileSync(file.path, 'utf8').split('\n').slice(0, -1);
  }

  /** Removes a file, or empties it for another use. Another process may have been first, which is as well. */
  remove(file: SegmentFile): void {
    if (file.descriptor !== undefined && this.#spare.length < SPARE_FILES_MAX) {
      ftruncateSync(file.descriptor, 0);
      this.#spare.push({ ...file, bytes: 0 });
      return;
    }
    this.#unlink(file);
  }

  #unlink(file: SegmentFile): void {
    this.close(file);
    try {
      unlinkSync(file.path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** Takes over the files of dead recorders, oldest first. To rename a file is to claim it: only one process can. */
  adopt(): SegmentFile[] {
    return this.#leftovers().flatMap((name) => {
      const path = this.#nextPath();
      try {
        renameSync(join(this.#folder, name), path);
        return [{ path, bytes: statSync(path).size, descriptor: undefined }];
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    });
  }

  /** From here on the files that remain are anybody's to adopt. */
  disown(): void {
    for (const spare of this.#spare.splice(0)) this.#unlink(spare);
    liveOwners.delete(this.#owner);
  }

  #leftovers(): string[] {
    const names = readdirSync(this.#folder).filter((name) => {
      const [, pid, owner = ''] = segmentName.exec(name) ?? [];
      if (pid === undefined || liveOwners.has(owner)) return false;
      return Number(pid) === process.pid || !isAlive(Number(pid));
    });
    const written = new Map(names.map((name) => [name, this.#writtenAt(name)]));
    return names.sort((a, b) => (written.get(a) ?? 0) - (written.get(b) ?? 0) || (a < b ? -1 : 1));
  }

  #writtenAt(name: string): number {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  #nextPath(): string {
    this.#made += 1;
    const number = String(this.#made).padStart(10, '0');
    return join(this.#folder, `usage-${process.pid}-${this.#owner}-${number}.jsonl`);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It may be there and not be ours to signal.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
