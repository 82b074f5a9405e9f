import type { Book } from '../plan/book.ts';

/** A book as its lane knows it: right as long as the balance row has its version, which every write proves. */
export interface KnownBook {
  book: Book;
  /** Whether it was read for the batch at hand, and not left by an earlier one. */
  fresh: boolean;
  /** It has more open grants than a lane reads, so its writes are not for lanes. */
  too_large: boolean;
}

/** How many open grants a lane reads of one book. */
export const GRANTS_MAX = 1000;

/** How many open grants a lane keeps in all, some 50 MB; the books that were used longest ago go first. */
const GRANTS_KEPT_MAX = 100_000;

/**
 * The books that one lane has written, by tenant. A book is in here or with a batch, which changes it, and never both:
 * what a batch could not write it does not give back, and the next one reads it again.
 */
export class BookCache {
  readonly #books = new Map<string, { known: KnownBook; weight: number }>();
  readonly #grants_max: number;
  #grants = 0;

  constructor(grants_max = GRANTS_KEPT_MAX) {
    this.#grants_max = grants_max;
  }

  /** Hands a book out. */
  take(tenant_id: string): KnownBook | undefined {
    const kept = this.#books.get(tenant_id);
    if (kept === undefined) return undefined;
    this.#books.delete(tenant_id);
    this.#grants -= kept.weight;
    return { ...kept.known, fresh: false };
  }

  /** Keeps a book, as the one used last. */
  keep(known: KnownBook): void {
    const { tenant_id, grants } = known.book;
    this.take(tenant_id);
    const weight = Math.max(1, grants.length);
    this.#books.set(tenant_id, { known, weight });
    this.#grants += weight;
    for (const oldest of this.#books.keys()) {
      if (this.#grants <= this.#grants_max) break;
      this.take(oldest);
    }
  }
}
