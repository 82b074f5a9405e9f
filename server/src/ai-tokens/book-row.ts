import { sql } from 'kysely';
import { type Balance, type Book, compareBurnOrder, type Grant } from './plan/book.ts';

/**
 * The counters of the head, the grant that burns, which stand on the balance row while it is named there. All are null
 * where no grant is.
 */
interface HeadColumns {
  head_grant_id: string | null;
  head_tokens_used: bigint | null;
  head_tokens_held: bigint | null;
  head_recognised_cents: bigint | null;
}

/** A row of `ai_token_balances` with the terms of its tenant. */
export interface BookRow extends Balance, HeadColumns {
  currency: string;
  shortfall_cap_tokens: bigint;
}

/** The columns of a BookRow's balance, of `ai_token_balances b`. */
export const balanceColumns = sql`b.book_version, b.tokens_purchased, b.tokens_granted, b.tokens_refunded, b.tokens_used,
  b.tokens_held, b.tokens_expired, b.tokens_shortfall, b.last_purchase_at, b.last_usage_at, b.last_entry_at,
  b.head_grant_id, b.head_tokens_used, b.head_tokens_held, b.head_recognised_cents`;

/** A book of its row and its open grants, each with the counters that it really has. */
export function toBook(tenant_id: string, row: BookRow, grants: Grant[]): Book {
  const { currency, shortfall_cap_tokens, head_grant_id, ...rest } = row;
  const { head_tokens_used, head_tokens_held, head_recognised_cents, ...balance } = rest;
  const head = grants.find((grant) => grant.grant_id === head_grant_id);
  if (head !== undefined) {
    head.tokens_used = head_tokens_used ?? 0n;
    head.tokens_held = head_tokens_held ?? 0n;
    head.recognised_cents = head_recognised_cents ?? 0n;
  } else if (head_grant_id !== null) {
    throw new Error(`book of ${tenant_id}: its head ${head_grant_id} is not open`);
  }
  return {
    tenant_id,
    currency,
    shortfall_cap_tokens,
    balance,
    grants: grants.sort(compareBurnOrder),
    head,
    changed: new Set(),
    expiries: [],
  };
}

/** Grant counters stay within 2^53-1 by a CHECK, so JSON numbers carry them exactly. */
export type JsonGrant = {
  [Field in keyof Grant]: Grant[Field] extends bigint ? number : Grant[Field] extends Date ? string : unknown;
};

/** A grant as `to_jsonb` writes its row. */
export function grantOfJson(row: JsonGrant): Grant {
  const counters = [
    'book_version',
    'tokens',
    'tokens_used',
    'tokens_held',
    'tokens_refunded',
    'tokens_expired',
    'price_cents',
    'recognised_cents',
    'breakage_cents',
    'refunded_cents',
  ] as const;
  return {
    ...(row as unknown as Grant),
    ...Object.fromEntries(counters.map((counter) => [counter, BigInt(row[counter])])),
    created_at: new Date(row.created_at),
    expires_at: row.expires_at === null ? null : new Date(row.expires_at as string),
  };
}
