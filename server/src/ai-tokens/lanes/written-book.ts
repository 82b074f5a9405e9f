import { type Book, type Grant, leftOf, remainingOf } from '../plan/book.ts';
import type { DraftedBook } from './draft.ts';

/** A book as it goes into its row. */
export interface WrittenBook extends DraftedBook {
  /** The grant whose counters stand on the balance row from now on. */
  head: Grant | undefined;
  /** The grants whose own rows are written: those whose counters are behind there, and that are not the head. */
  flushed: Grant[];
}

/**
 * What is written of a book. The head is the open grant that changed last, so that while one grant burns, its own row is
 * left alone. Throws where the balance would be negative.
 */
export function toWrittenBook({ book, planned_version }: DraftedBook): WrittenBook {
  if (remainingOf(book.balance) < 0n)
    throw new Error(`book of ${book.tenant_id}: the balance would be negative`);
  const head = headOf(book);
  const behind = new Set(book.head === undefined ? book.changed : [...book.changed, book.head]);
  behind.delete(head as Grant);
  return { book, planned_version, head, flushed: [...behind] };
}

/** What a lane that goes on with the book keeps of it, once it is written. */
export function afterWriting(book: Book): void {
  book.head = headOf(book);
  if (book.changed.size > 1 || book.head === undefined)
    book.grants = book.grants.filter((grant) => leftOf(grant) > 0n);
  book.changed.clear();
}

function headOf(book: Book): Grant | undefined {
  const open = (grant: Grant | undefined) => grant !== undefined && leftOf(grant) > 0n;
  return [...book.changed].findLast(open) ?? (open(book.head) ? book.head : undefined);
}
