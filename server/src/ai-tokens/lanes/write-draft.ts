import { type RawBuilder, sql } from 'kysely';
import { RELEASED_BY_OWNER } from '../end-hold.ts';
import { type Book, type Grant, leftOf, remainingOf } from '../plan/book.ts';
import type { Draft, DraftedBook, DraftedEnd, DraftedHold, DraftedKey, DraftedUse } from './draft.ts';
import type { Run } from './read-batch.ts';
import { arrayText, rowTable } from './row-table.ts';

/**
 * Writes a draft in one statement, and answers the tenants whose part of it was written: those whose balance row still
 * had the version that was planned on. Of the others nothing is written. Throws where a planned balance is negative.
 */
export async function writeDraft(run: Run, draft: Draft): Promise<Set<string>> {
  const books = [...draft.books.values()].map(toWrittenBook);
  const { uses, holds, ends, keys } = draft;
  const grants = books.flatMap(({ flushed, book }) => flushed.map((grant) => ({ book, grant })));
  const parts = [
    bookPart(books),
    ...(grants.length > 0 ? [grantPart(grants)] : []),
    ...(uses.length > 0 ? [usePart(uses)] : []),
    ...(holds.length > 0 ? [holdPart(holds), duePart(holds)] : []),
    ...(ends.length > 0 ? [endPart(ends), doneDuePart(ends)] : []),
    ...(keys.length > 0 ? [keyPart(keys)] : []),
  ];
  const rows = await run(
    sql<{ tenant_id: string }>`with ${sql.join(parts)} select tenant_id from written_book`,
  );
  return new Set(rows.map((row) => row.tenant_id));
}

/** A book as it goes into its row. */
interface WrittenBook extends DraftedBook {
  /** The grant whose counters stand on the balance row from now on. */
  head: Grant | undefined;
  /** The grants whose own rows are written: those that changed and are not the head. */
  flushed: Grant[];
}

/** The head is the open grant that changed last; while one grant burns, its own row is left alone. */
function toWrittenBook({ book, planned_version }: DraftedBook): WrittenBook {
  if (remainingOf(book.balance) < 0n)
    throw new Error(`book of ${book.tenant_id}: the balance would be negative`);
  const changed = [...book.changed];
  const open = (grant: Grant | undefined) => grant !== undefined && leftOf(grant) > 0n;
  const head = changed.findLast(open) ?? (open(book.head) ? book.head : undefined);
  const behind = new Set(book.head === undefined ? changed : [...changed, book.head]);
  return { book, planned_version, head, flushed: [...behind].filter((grant) => grant !== head) };
}

/** What a lane that goes on with the book keeps of it, once it is written. */
export function settleBook(book: Book): void {
  book.head = toWrittenBook({ book, planned_version: 0n }).head;
  book.grants = book.grants.filter((grant) => leftOf(grant) > 0n);
  book.changed.clear();
}

// A condition that the planner cannot turn into a join, which it would loop for each row: the ids are hashed once.
const isWritten = sql`(part.tenant_id in (select tenant_id from written_book)) is true`;

function bookPart(books: readonly WrittenBook[]): RawBuilder<unknown> {
  const part = rowTable('part', books, {
    tenant_id: ['uuid', ({ book }) => book.tenant_id],
    planned_version: ['bigint', ({ planned_version }) => planned_version],
    book_version: ['bigint', ({ book }) => book.balance.book_version],
    tokens_used: ['bigint', ({ book }) => book.balance.tokens_used],
    tokens_held: ['bigint', ({ book }) => book.balance.tokens_held],
    last_usage_at: ['timestamptz', ({ book }) => book.balance.last_usage_at],
    last_entry_at: ['timestamptz', ({ book }) => book.balance.last_entry_at],
    head_grant_id: ['uuid', ({ head }) => head?.grant_id],
    head_tokens: ['bigint', ({ head }) => head && head.tokens - head.tokens_refunded - head.tokens_expired],
    head_tokens_used: ['bigint', ({ head }) => head?.tokens_used],
    head_tokens_held: ['bigint', ({ head }) => head?.tokens_held],
    head_price_cents: [
      'bigint',
      ({ head }) => head && head.price_cents - head.breakage_cents - head.refunded_cents,
    ],
    head_recognised_cents: ['bigint', ({ head }) => head?.recognised_cents],
  });
  return sql`written_book as (
    update ai_token_balances b set book_version = part.book_version, tokens_used = part.tokens_used,
      tokens_held = part.tokens_held, last_usage_at = part.last_usage_at, last_entry_at = part.last_entry_at,
      head_grant_id = part.head_grant_id, head_tokens = part.head_tokens, head_tokens_used = part.head_tokens_used,
      head_tokens_held = part.head_tokens_held, head_price_cents = part.head_price_cents,
      head_recognised_cents = part.head_recognised_cents
    from ${part}
    where b.tenant_id = part.tenant_id and b.book_version = part.planned_version
    returning b.tenant_id)`;
}

function grantPart(grants: readonly { book: Book; grant: Grant }[]): RawBuilder<unknown> {
  const part = rowTable('part', grants, {
    tenant_id: ['uuid', ({ book }) => book.tenant_id],
    grant_id: ['uuid', ({ grant }) => grant.grant_id],
    tokens_used: ['bigint', ({ grant }) => grant.tokens_used],
    tokens_held: ['bigint', ({ grant }) => grant.tokens_held],
    recognised_cents: ['bigint', ({ grant }) => grant.recognised_cents],
    closed_at: [
      'timestamptz',
      ({ book, grant }) => (leftOf(grant) === 0n ? book.balance.last_entry_at : null),
    ],
  });
  return sql`written_grant as (
    update ai_token_grants g set tokens_used = part.tokens_used, tokens_held = part.tokens_held,
      recognised_cents = part.recognised_cents, closed_at = part.closed_at
    from ${part} where g.tenant_id = part.tenant_id and g.grant_id = part.grant_id and ${isWritten})`;
}

function usePart(uses: readonly DraftedUse[]): RawBuilder<unknown> {
  const part = rowTable('part', uses, {
    tenant_id: ['uuid', (use) => use.tenant_id],
    usage_id: ['uuid', (use) => use.usage_id],
    occurred_at: ['timestamptz', ({ plan }) => plan.occurred_at],
    book_version: ['bigint', ({ plan }) => plan.book_version],
    feature_type: ['text', ({ labels }) => labels.feature_type],
    tokens_used: ['bigint', ({ plan }) => plan.tokens_used],
    balance_before: ['bigint', ({ plan }) => plan.balance_before],
    balance_after: ['bigint', ({ plan }) => plan.balance_after],
    request_id: ['text', ({ labels }) => labels.request_id],
    user_id: ['text', ({ labels }) => labels.user_id],
    metadata: ['jsonb', ({ labels }) => jsonText(labels.metadata)],
    hold_id: ['uuid', ({ labels }) => labels.hold_id],
    currency: ['text', (use) => use.currency],
    recognised_cents: ['bigint', ({ plan }) => plan.recognised_cents],
    grant_ids: ['text', ({ plan }) => arrayText(plan.burns.map((burn) => burn.grant_id))],
    grant_tokens: ['text', ({ plan }) => arrayText(plan.burns.map((burn) => burn.tokens))],
    left_before: ['text', ({ plan }) => arrayText(plan.burns.map((burn) => burn.left_before))],
    deferred_before: ['text', ({ plan }) => arrayText(plan.burns.map((burn) => burn.deferred_before_cents))],
    recognised: ['text', ({ plan }) => arrayText(plan.burns.map((burn) => burn.recognised_cents))],
  });
  // A lane takes only what is covered, so there is no shortfall.
  return sql`written_use as (
    insert into ai_token_usage (tenant_id, usage_id, occurred_at, book_version, feature_type, tokens_used,
      balance_before, balance_after, request_id, user_id, metadata, hold_id, currency, recognised_cents, grant_ids,
      grant_tokens, grant_left_before, grant_deferred_before_cents, grant_recognised_cents)
    select tenant_id, usage_id, occurred_at, book_version, feature_type, tokens_used, balance_before, balance_after,
      request_id, user_id, metadata, hold_id, currency, recognised_cents, grant_ids::uuid[], grant_tokens::bigint[],
      left_before::bigint[], deferred_before::bigint[], recognised::bigint[]
    from ${part} where ${isWritten})`;
}

function holdPart(holds: readonly DraftedHold[]): RawBuilder<unknown> {
  const part = rowTable('part', holds, {
    tenant_id: ['uuid', (hold) => hold.tenant_id],
    hold_id: ['uuid', (hold) => hold.hold_id],
    request_id: ['text', (hold) => hold.request_id],
    feature_type: ['text', (hold) => hold.feature_type],
    user_id: ['text', (hold) => hold.user_id],
    tokens: ['bigint', (hold) => hold.tokens],
    grant_ids: ['text', (hold) => arrayText(hold.grant_ids)],
    grant_tokens: ['text', (hold) => arrayText(hold.grant_tokens)],
    created_at: ['timestamptz', (hold) => hold.created_at],
    expires_at: ['timestamptz', (hold) => hold.expires_at],
    grace_until: ['timestamptz', (hold) => hold.grace_until],
  });
  return sql`written_hold as (
    insert into ai_token_holds (tenant_id, hold_id, request_id, feature_type, user_id, tokens, status, grant_ids,
      grant_tokens, created_at, expires_at, grace_until)
    select tenant_id, hold_id, request_id, feature_type, user_id, tokens, 'held', grant_ids::uuid[],
      grant_tokens::bigint[], created_at, expires_at, grace_until
    from ${part} where ${isWritten})`;
}

function duePart(holds: readonly DraftedHold[]): RawBuilder<unknown> {
  const part = rowTable('part', holds, {
    tenant_id: ['uuid', (hold) => hold.tenant_id],
    ref_id: ['uuid', (hold) => hold.hold_id],
    next_due_at: ['timestamptz', (hold) => hold.expires_at],
  });
  return sql`written_due as (
    insert into due_work (tenant_id, kind, ref_id, next_due_at)
    select tenant_id, 'token_hold', ref_id, next_due_at from ${part} where ${isWritten})`;
}

function endPart(ends: readonly DraftedEnd[]): RawBuilder<unknown> {
  const part = rowTable('part', ends, {
    tenant_id: ['uuid', (end) => end.tenant_id],
    hold_id: ['uuid', (end) => end.hold_id],
    ended_at: ['timestamptz', (end) => end.at],
    balance_after: ['bigint', (end) => end.balance_after],
    usage_id: ['uuid', ({ settled }) => settled?.usage_id],
    settled_tokens: ['bigint', ({ settled }) => settled?.tokens],
  });
  return sql`written_end as (
    update ai_token_holds h set status = case when part.usage_id is null then 'released' else 'settled' end,
      ended_at = part.ended_at, balance_after = part.balance_after, usage_id = part.usage_id,
      settled_tokens = part.settled_tokens,
      released_by = case when part.usage_id is null then 'owner' end,
      release_reason = case when part.usage_id is null then ${RELEASED_BY_OWNER} end
    from ${part} where h.tenant_id = part.tenant_id and h.hold_id = part.hold_id and ${isWritten})`;
}

function doneDuePart(ends: readonly DraftedEnd[]): RawBuilder<unknown> {
  const part = rowTable('part', ends, {
    tenant_id: ['uuid', (end) => end.tenant_id],
    ref_id: ['uuid', (end) => end.hold_id],
  });
  return sql`done_due as (
    delete from due_work d using ${part}
    where d.tenant_id = part.tenant_id and d.kind = 'token_hold' and d.ref_id = part.ref_id and ${isWritten})`;
}

function keyPart(keys: readonly DraftedKey[]): RawBuilder<unknown> {
  const part = rowTable('part', keys, {
    tenant_id: ['uuid', ({ claim }) => claim.tenant_id],
    namespace: ['text', ({ claim }) => claim.namespace],
    key: ['text', ({ claim }) => claim.key],
    body_hash: ['bytea', ({ claim }) => claim.body_hash],
    status_code: ['smallint', ({ status }) => status],
    ref_id: ['uuid', ({ ref_id }) => ref_id],
    created_at: ['timestamptz', ({ at }) => at],
    expires_at: ['timestamptz', ({ claim }) => claim.expires_at],
  });
  return sql`written_key as (
    insert into request_keys (tenant_id, namespace, key, body_hash, status_code, ref_id, created_at, expires_at)
    select tenant_id, namespace, key, body_hash, status_code, ref_id, created_at, expires_at
    from ${part} where ${isWritten})`;
}

function jsonText(metadata: unknown): string | null {
  return metadata === undefined ? null : JSON.stringify(metadata);
}
