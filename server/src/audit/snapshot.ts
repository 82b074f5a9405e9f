import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** A balance row as it is stored. */
export interface AuditedBalance {
  book_version: bigint;
  tokens_purchased: bigint;
  tokens_granted: bigint;
  tokens_refunded: bigint;
  tokens_used: bigint;
  tokens_held: bigint;
  tokens_expired: bigint;
  tokens_shortfall: bigint;
  last_entry_at: Date;
}

/** A grant as it is stored, open or closed. */
export interface AuditedGrant {
  grant_id: string;
  source: 'sold' | 'given';
  tokens: bigint;
  tokens_used: bigint;
  tokens_held: bigint;
  tokens_refunded: bigint;
  tokens_expired: bigint;
  price_cents: bigint;
  currency: string;
  recognised_cents: bigint;
  breakage_cents: bigint;
  refunded_cents: bigint;
  expires_at: Date | null;
}

/** Something that must be on the schedule, or is missing there. */
export interface Unscheduled {
  kind: string;
  ref_id: string;
}

/** What is projected from a tenant's record, as one moment of its book has it. */
export interface Snapshot {
  tenant_id: string;
  balance: AuditedBalance;
  grants: Map<string, AuditedGrant>;
  /** Tokens pinned in each grant by open holds, and by refunds and disputes under way. */
  pinned: Map<string, bigint>;
  unscheduled: Unscheduled[];
}

/** Reads a tenant's projections at one moment; undefined where it has no book yet. `tx` is a snapshot transaction. */
export async function readSnapshot(tx: Tx, tenant_id: string): Promise<Snapshot | undefined> {
  const balance = await sql<AuditedBalance>`
    select book_version, tokens_purchased, tokens_granted, tokens_refunded, tokens_used, tokens_held, tokens_expired,
      tokens_shortfall, last_entry_at
    from ai_token_balances where tenant_id = ${tenant_id}`.execute(tx);
  const stored = balance.rows[0] ?? (await emptyBalance(tx, tenant_id));
  if (!stored) return undefined;
  const grants = await sql<AuditedGrant>`
    select grant_id, source, tokens, tokens_used, tokens_held, tokens_refunded, tokens_expired, price_cents, currency,
      recognised_cents, breakage_cents, refunded_cents, expires_at
    from ai_token_grants_merged where tenant_id = ${tenant_id}`.execute(tx);
  const pins = await sql<{ grant_id: string; tokens: bigint }>`
    select grant_id, sum(tokens)::bigint as tokens from (
      select unnest(grant_ids) as grant_id, unnest(grant_tokens) as tokens
      from ai_token_holds where tenant_id = ${tenant_id} and status in ('held', 'expired')
      union all
      select g.grant_id, r.tokens from billing_transactions r
      join ai_token_grants g on g.tenant_id = r.tenant_id and g.transaction_id = r.reverses_transaction_id
      where r.tenant_id = ${tenant_id} and r.type in ('refund', 'dispute') and r.status = 'pending') pin
    group by grant_id`.execute(tx);
  const unscheduled = await sql<Unscheduled>`
    select kind, ref_id from (
      select 'token_hold' as kind, hold_id as ref_id from ai_token_holds
      where tenant_id = ${tenant_id} and status in ('held', 'expired')
      union all
      select 'token_grant_expiry', grant_id from ai_token_grants_merged
      where tenant_id = ${tenant_id} and closed_at is null and expires_at is not null
        and tokens_used + tokens_held + tokens_refunded + tokens_expired < tokens
      union all
      select 'payment_intent', transaction_id from billing_transactions
      -- A dispute waits for its provider's news.
      where tenant_id = ${tenant_id} and status = 'pending' and type <> 'dispute') expected
    where not exists (select 1 from due_work d where d.tenant_id = ${tenant_id} and d.kind = expected.kind
      and d.ref_id = expected.ref_id)
    limit 1`.execute(tx);
  return {
    tenant_id,
    balance: stored,
    grants: new Map(grants.rows.map((grant) => [grant.grant_id, grant])),
    pinned: new Map(pins.rows.map((pin) => [pin.grant_id, pin.tokens])),
    unscheduled: unscheduled.rows,
  };
}

/** What a tenant without a balance is compared with: nothing at all, where its record says that there should be one. */
async function emptyBalance(tx: Tx, tenant_id: string): Promise<AuditedBalance | undefined> {
  const found = await sql<{ book_version: bigint | null; last_entry_at: Date }>`
    select max(book_version) as book_version, max(created_at) as last_entry_at from ledger_entries
    where tenant_id = ${tenant_id}`.execute(tx);
  const { book_version = null, last_entry_at = new Date(0) } = found.rows[0] ?? {};
  if (book_version === null) return undefined;
  return {
    book_version,
    tokens_purchased: 0n,
    tokens_granted: 0n,
    tokens_refunded: 0n,
    tokens_used: 0n,
    tokens_held: 0n,
    tokens_expired: 0n,
    tokens_shortfall: 0n,
    last_entry_at,
  };
}
