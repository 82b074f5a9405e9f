import type { Change, ChangeFeed } from './change-feed.ts';

/** What rows are kept by. */
export interface KeptRowsTerms<Read extends object | undefined> {
  changes: ChangeFeed;
  /** Monotonic milliseconds: how long a row is kept is real time, whatever the test clock says. */
  now_ms: () => number;
  /** How many are kept. Those that were read first go. */
  rows_max: number;
  /** Reads it anew. What it answers undefined for is not kept: it may be there in a moment. */
  read(key: string): Promise<Read>;
  /** What may concern a row at all. Other changes cost nothing, however often they come. */
  topics: readonly Change['topic'][];
  /**
   * Whether a change of these topics may concern a row that was read. Rows that are still being read count as concerned.
   * Left out where a key is a tenant's id and a change concerns the row of its tenant: then it costs no look at the others.
   */
  concerns?(change: Change, row: NonNullable<Read>, key: string): boolean;
}

interface Entry<Read> {
  /** Undefined while it is being read. */
  row: NonNullable<Read> | undefined;
  reading: Promise<Read>;
  read_at_ms: number;
}

/**
 * Rows as this process read them, each until the feed tells of a change. Callers of one moment share a read; one that a
 * change overtook serves only those who asked before the change. While the feed is not current nothing is kept and
 * everybody reads.
 */
export class KeptRows<Read extends object | undefined> {
  readonly #terms: KeptRowsTerms<Read>;
  readonly #entries = new Map<string, Entry<Read>>();

  constructor(terms: KeptRowsTerms<Read>) {
    this.#terms = terms;
    terms.changes.subscribe((change) => this.#forget(change));
  }

  /** The row where it is known, without reading it. */
  known(key: string): NonNullable<Read> | undefined {
    const now_ms = this.#terms.now_ms();
    return this.#terms.changes.isCurrent(now_ms) ? this.#entry(key, now_ms)?.row : undefined;
  }

  /** The row; a promise only where it has to be read. It rejects with what the read throws. */
  get(key: string): NonNullable<Read> | Promise<Read> {
    const now_ms = this.#terms.now_ms();
    if (!this.#terms.changes.isCurrent(now_ms)) return this.#terms.read(key);
    const entry = this.#entry(key, now_ms);
    return entry === undefined ? this.#read(key, now_ms) : (entry.row ?? entry.reading);
  }

  /** Has the row read again, as where the time that it was read for is over. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  #entry(key: string, now_ms: number): Entry<Read> | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && now_ms - entry.read_at_ms < this.#terms.changes.kept_ms ? entry : undefined;
  }

  #read(key: string, read_at_ms: number): Promise<Read> {
    // Taken out first, so that it comes back as the youngest.
    this.#entries.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#terms.rows_max) break;
      this.#entries.delete(oldest);
    }
    const entry: Entry<Read> = { row: undefined, reading: this.#terms.read(key), read_at_ms };
    this.#entries.set(key, entry);
    const settled = (row?: Read) => {
      entry.row = row ?? undefined;
      if (row === undefined && this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    entry.reading.then(settled, () => settled());
    return entry.reading;
  }

  #forget(change: Change | undefined): void {
    const { topics, concerns } = this.#terms;
    if (change === undefined) this.#entries.clear();
    else if (!topics.includes(change.topic)) return;
    else if (concerns === undefined) this.forget(change.tenant_id);
    else
      for (const [key, { row }] of this.#entries)
        if (row === undefined || concerns(change, row, key)) this.#entries.delete(key);
  }
}
