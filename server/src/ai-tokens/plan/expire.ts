import { type Book, freeOf, stampEntry } from './book.ts';
import { releasedBy } from './deferred.ts';

/**
 * Expires the free tokens of every grant whose time has come, into `book.expiries`. Pinned tokens wait until they are
 * freed. Every plan begins with it, so whoever comes first after an expiry books it.
 */
export function expireGrants(book: Book, now: Date): void {
  for (const grant of book.grants) {
    const tokens = freeOf(grant);
    if (tokens === 0n || grant.expires_at === null || grant.expires_at > now) continue;
    grant.tokens_expired += tokens;
    const breakage_cents = releasedBy(grant);
    grant.breakage_cents += breakage_cents;
    book.balance.tokens_expired += tokens;
    book.changed.add(grant);
    book.expiries.push({ ...stampEntry(book, now), grant, tokens, breakage_cents });
  }
}
