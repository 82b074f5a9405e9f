import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import type { Json } from '../json/index.ts';
import { halfEven } from '../money/index.ts';
import type { Grant } from './plan/book.ts';
import { findUsage } from './read-usage.ts';
import type { UsageRow } from './usage-row.ts';

/** One grant's part in a use, with the arithmetic of its revenue in full. Cents are minor units of `currency`. */
export interface ReceiptGrant {
  grant_id: string;
  source: 'sold' | 'given';
  price_version: string | null;
  price_cents: bigint;
  grant_tokens: bigint;
  tokens: bigint;
  left_before: bigint;
  left_after: bigint;
  deferred_before_cents: bigint;
  deferred_after_cents: bigint;
  recognised_cents: bigint;
  arithmetic: string;
}

export interface Receipt {
  usage_id: string;
  occurred_at: Date;
  book_version: bigint;
  feature_type: string;
  request_id: string | null;
  hold_id: string | null;
  user_id: string | null;
  metadata: Json;
  tokens_used: bigint;
  shortfall_tokens: bigint;
  shortfall_refused_tokens: bigint;
  balance_before: bigint;
  balance_after: bigint;
  currency: string;
  recognised_cents: bigint;
  grants: ReceiptGrant[];
  /** Whether computing it again from the grants gives what was booked. */
  replays: boolean;
}

type GrantTerms = Pick<Grant, 'grant_id' | 'source' | 'price_version' | 'price_cents' | 'tokens'>;

/** The receipt of a use, computed again from its row and the terms of its grants. Fails with `not_found`. */
export async function readReceipt(tx: Tx, tenant_id: string, usage_id: string): Promise<Receipt> {
  const usage =
    (await findUsage(tx, tenant_id, usage_id)) ?? fail('not_found', `there is no usage ${usage_id}`);
  const terms = await sql<GrantTerms>`
    select grant_id, source, price_version, price_cents, tokens from ai_token_grants
    where tenant_id = ${tenant_id} and grant_id = any(${usage.grant_ids}::uuid[])`.execute(tx);
  const byId = new Map(terms.rows.map((row) => [row.grant_id, row]));
  const grants = usage.grant_ids.map((grant_id, index) => receiptGrant(byId.get(grant_id), usage, index));
  const { grant_ids: _ids, grant_tokens: _tokens, grant_left_before: _left, ...rest } = usage;
  const { grant_deferred_before_cents: _deferred, grant_recognised_cents: _recognised, ...fields } = rest;
  return { ...fields, grants, replays: replays(usage, grants) };
}

function receiptGrant(terms: GrantTerms | undefined, usage: UsageRow, index: number): ReceiptGrant {
  if (!terms) throw new Error(`usage ${usage.usage_id} names a grant that does not exist`);
  const tokens = usage.grant_tokens[index] ?? 0n;
  const left_before = usage.grant_left_before[index] ?? 0n;
  const deferred_before_cents = usage.grant_deferred_before_cents[index] ?? 0n;
  const left_after = left_before - tokens;
  const owed = halfEven(terms.price_cents * left_after, terms.tokens);
  const deferred_after_cents = owed < deferred_before_cents ? owed : deferred_before_cents;
  return {
    grant_id: terms.grant_id,
    source: terms.source,
    price_version: terms.price_version,
    price_cents: terms.price_cents,
    grant_tokens: terms.tokens,
    tokens,
    left_before,
    left_after,
    deferred_before_cents,
    deferred_after_cents,
    recognised_cents: deferred_before_cents - deferred_after_cents,
    arithmetic: `${deferred_before_cents} - half_even(${terms.price_cents} x ${left_after} / ${terms.tokens}) = ${deferred_before_cents - deferred_after_cents}`,
  };
}

function replays(usage: UsageRow, grants: ReceiptGrant[]): boolean {
  const burned = grants.reduce((sum, grant) => sum + grant.tokens, 0n);
  const recognised = grants.reduce((sum, grant) => sum + grant.recognised_cents, 0n);
  return (
    burned + usage.shortfall_tokens === usage.tokens_used &&
    recognised === usage.recognised_cents &&
    grants.every((grant, index) => grant.recognised_cents === usage.grant_recognised_cents[index])
  );
}
