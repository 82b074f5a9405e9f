import { type Book, grantOf, type Pin } from './book.ts';

/** Pins tokens in their grants, so that nothing but their holder can use, refund or expire them. */
export function pinTokens(book: Book, pins: readonly Pin[]): void {
  movePins(book, pins, 1n);
}

/** Frees pinned tokens. Those of an expired grant must go with `expireGrants` before anything else is decided. */
export function freePins(book: Book, pins: readonly Pin[]): void {
  movePins(book, pins, -1n);
}

function movePins(book: Book, pins: readonly Pin[], sign: bigint): void {
  for (const pin of pins) {
    const grant = grantOf(book, pin.grant_id);
    grant.tokens_held += sign * pin.tokens;
    if (grant.tokens_held < 0n) throw new Error(`grant ${grant.grant_id}: more freed than was pinned`);
    book.balance.tokens_held += sign * pin.tokens;
    book.changed.add(grant);
  }
}
