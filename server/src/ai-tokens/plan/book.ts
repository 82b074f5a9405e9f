/** A lot of tokens, sold or given. Counters are tokens; `*_cents` are minor units of `currency`. */
export interface Grant {
  grant_id: string;
  transaction_id: string;
  /** The version of its entry: of two grants, the one with the lower version is the older. */
  book_version: bigint;
  source: 'sold' | 'given';
  priority: number;
  expires_at: Date | null;
  tokens: bigint;
  tokens_used: bigint;
  tokens_held: bigint;
  tokens_refunded: bigint;
  tokens_expired: bigint;
  currency: string;
  price_cents: bigint;
  price_version: string | null;
  recognised_cents: bigint;
  breakage_cents: bigint;
  refunded_cents: bigint;
  reason: string | null;
  created_at: Date;
}

/** The projection of a book: what the hot path checks. `book_version` rises with every write. */
export interface Balance {
  book_version: bigint;
  tokens_purchased: bigint;
  tokens_granted: bigint;
  tokens_refunded: bigint;
  tokens_used: bigint;
  tokens_held: bigint;
  tokens_expired: bigint;
  tokens_shortfall: bigint;
  last_purchase_at: Date | null;
  last_usage_at: Date | null;
  last_entry_at: Date;
}

/** An entry of the journal that a plan made: its version, its time, and the tokens remaining after it. */
export interface Entry {
  book_version: bigint;
  at: Date;
  balance_after: bigint;
}

/** Tokens of one grant that expired, and the revenue that will never be asked for (breakage), in minor units. */
export interface Expiry extends Entry {
  grant: Grant;
  tokens: bigint;
  breakage_cents: bigint;
}

/**
 * A tenant's book as a writer holds it under the balance lock: the balance and its open grants in burn order.
 * Plans change it in place, and only once they have decided to accept; `changed` and `expiries` collect
 * what is to be written back.
 */
export interface Book {
  tenant_id: string;
  currency: string;
  shortfall_cap_tokens: bigint;
  balance: Balance;
  grants: Grant[];
  /** The grant whose counters stand on the balance row; those in its own row may be behind. */
  head: Grant | undefined;
  changed: Set<Grant>;
  expiries: Expiry[];
}

/** Tokens of a hold that are pinned in one grant. */
export interface Pin {
  grant_id: string;
  tokens: bigint;
}

/** tokens_remaining: purchased + granted - refunded - used - held - expired. Never negative. */
export function remainingOf(balance: Balance): bigint {
  return (
    balance.tokens_purchased +
    balance.tokens_granted -
    balance.tokens_refunded -
    balance.tokens_used -
    balance.tokens_held -
    balance.tokens_expired
  );
}

/** Tokens of a grant that are neither used, refunded nor expired; held ones are among them. */
export function leftOf(grant: Grant): bigint {
  return grant.tokens - grant.tokens_used - grant.tokens_refunded - grant.tokens_expired;
}

/** Tokens of a grant that a use, a hold or a refund may take. */
export function freeOf(grant: Grant): bigint {
  return leftOf(grant) - grant.tokens_held;
}

/** The order in which grants burn: priority, then earliest expiry (never expires last), then oldest. */
export function compareBurnOrder(a: Grant, b: Grant): number {
  const never = Number.POSITIVE_INFINITY;
  return (
    a.priority - b.priority ||
    compareNumbers(a.expires_at?.getTime() ?? never, b.expires_at?.getTime() ?? never) ||
    (a.book_version < b.book_version ? -1 : 1)
  );
}

function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Numbers and times the next entry; call it after the book was changed. Time never goes back within a book, whatever
 * the clock says.
 */
export function stampEntry(book: Book, now: Date): Entry {
  const balance = book.balance;
  balance.book_version += 1n;
  balance.last_entry_at = timeOfNextEntry(book, now);
  return {
    book_version: balance.book_version,
    at: balance.last_entry_at,
    balance_after: remainingOf(balance),
  };
}

/** When the next entry will have happened: now, but not before its predecessor. */
export function timeOfNextEntry(book: Book, now: Date): Date {
  return now > book.balance.last_entry_at ? now : book.balance.last_entry_at;
}

/** The grant of that id among the open ones. Its absence is a broken book, never a user's mistake. */
export function grantOf(book: Book, grant_id: string): Grant {
  const grant = book.grants.find((candidate) => candidate.grant_id === grant_id);
  if (!grant) throw new Error(`book of ${book.tenant_id}: grant ${grant_id} is pinned but not open`);
  return grant;
}
