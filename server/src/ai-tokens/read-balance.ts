import type { Tx } from '../db/index.ts';
import { type Balance, freeOf, type Grant, remainingOf } from './plan/book.ts';
import { expireGrants } from './plan/expire.ts';
import { readBook } from './store.ts';

/** The most open grants that a balance lists, in burn order. */
export const BALANCE_GRANTS_MAX = 200;

/** An open grant as its owner sees it. */
export interface GrantView {
  grant_id: string;
  transaction_id: string;
  source: 'sold' | 'given';
  priority: number;
  expires_at: Date | null;
  tokens: bigint;
  tokens_used: bigint;
  tokens_held: bigint;
  tokens_refunded: bigint;
  tokens_expired: bigint;
  tokens_remaining: bigint;
  price_cents: bigint;
  currency: string;
  reason: string | null;
  created_at: Date;
}

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
  return {
    grant_id: grant.grant_id,
    transaction_id: grant.transaction_id,
    source: grant.source,
    priority: grant.priority,
    expires_at: grant.expires_at,
    tokens: grant.tokens,
    tokens_used: grant.tokens_used,
    tokens_held: grant.tokens_held,
    tokens_refunded: grant.tokens_refunded,
    tokens_expired: grant.tokens_expired,
    tokens_remaining: freeOf(grant),
    price_cents: grant.price_cents,
    currency: grant.currency,
    reason: grant.reason,
    created_at: grant.created_at,
  };
}
