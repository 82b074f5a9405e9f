import { type Book, freeOf, type Grant, leftOf, type Pin } from './book.ts';
import { deferredOf, releasedBy } from './deferred.ts';

/** One grant's part in a use: enough, with the grant's price and size, to compute its revenue again. */
export interface Burn {
  grant_id: string;
  tokens: bigint;
  left_before: bigint;
  deferred_before_cents: bigint;
  recognised_cents: bigint;
}

/** Uses tokens of one grant and recognises their revenue cumulatively. The caller has checked that they are there. */
export function burnGrant(book: Book, grant: Grant, tokens: bigint): Burn {
  const left_before = leftOf(grant);
  const deferred_before_cents = deferredOf(grant);
  if (tokens <= 0n || tokens > left_before)
    throw new Error(`grant ${grant.grant_id}: burning ${tokens} of ${left_before}`);
  grant.tokens_used += tokens;
  const recognised_cents = releasedBy(grant);
  grant.recognised_cents += recognised_cents;
  book.balance.tokens_used += tokens;
  book.changed.add(grant);
  return { grant_id: grant.grant_id, tokens, left_before, deferred_before_cents, recognised_cents };
}

/** Which free tokens would go, in burn order: pins for at most `tokens`, fewer where the book has fewer. */
export function pickFree(book: Book, tokens: bigint): Pin[] {
  const pins: Pin[] = [];
  let wanted = tokens;
  for (const grant of book.grants) {
    if (wanted === 0n) break;
    const free = freeOf(grant);
    if (free === 0n) continue;
    const taken = free < wanted ? free : wanted;
    pins.push({ grant_id: grant.grant_id, tokens: taken });
    wanted -= taken;
  }
  return pins;
}

/** The tokens of several pins or burns together. */
export function sumTokens(parts: readonly { tokens: bigint }[]): bigint {
  return parts.reduce((sum, part) => sum + part.tokens, 0n);
}
