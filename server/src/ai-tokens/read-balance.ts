import type { Tx } from '../db/index.ts';
import { type Balance, freeOf, type Grant, remainingOf } from './plan/book.ts';
import { expireGrants } from './plan/expire.ts';
import { readBook } from './store.ts';

/** The most open grants that a balance lists, in burn order. */
export const BALANCE_GRANTS_MAX = 200;

/** What of a grant its owner sees. */
const GRANT_FIELDS = [
  'grant_id',
  'transaction_id',
  'source',
  'priority',
  'expires_at',
  'tokens',
  'tokens_used',
  'tokens_held',
  'tokens_refunded',
  'tokens_expired',
  'price_cents',
  'currency',
  'reason',
  'created_at',
] as const;

/** An open grant as its owner sees it. */
export type GrantView = Pick<Grant, (typeof GRANT_FIELDS)[number]> & { tokens_remaining: bigint };

export interface BalanceView extends Omit<Balance, 'book_version' | 'last_entry_at'> {
  tokens_remaining: bigint;
  grants: GrantView[];
}

const NO_BOOK: BalanceView = {
  tokens_purchased: 0n,
  tokens_granted: 0n,
  tokens_refunded: 0n,
  tokens_used: 0n,
  tokens_held: 0n,
  tokens_expired: 0n,
  tokens_remaining: 0n,
  tokens_shortfall: 0n,
  last_purchase_at: null,
  last_usage_at: null,
  grants: [],
};

/** A tenant's balance now: what has expired is counted as expired, whether or not somebody has booked it yet. */
export async function readBalance(tx: Tx, tenant_id: string, now: Date): Promise<BalanceView> {
  const book = await readBook(tx, tenant_id);
  if (!book) return NO_BOOK;
  expireGrants(book, now);
  const { book_version: _version, last_entry_at: _time, ...balance } = book.balance;
  const open = book.grants.filter((grant) => freeOf(grant) > 0n || grant.tokens_held > 0n);
  return {
    ...balance,
    tokens_remaining: remainingOf(book.balance),
    grants: open.slice(0, BALANCE_GRANTS_MAX).map(toGrantView),
  };
}

/** A grant without what only the ledger needs. */
export function toGrantView(grant: Grant): GrantView {
  const seen = Object.fromEntries(GRANT_FIELDS.map((field) => [field, grant[field]]));
  return { ...(seen as Pick<Grant, (typeof GRANT_FIELDS)[number]>), tokens_remaining: freeOf(grant) };
}
