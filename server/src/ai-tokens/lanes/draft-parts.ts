import { RELEASED_BY_OWNER } from '../end-hold.ts';
import { type Grant, leftOf } from '../plan/book.ts';
import type { DraftedEnd, DraftedHold, DraftedKey } from './draft.ts';
import { arrayText, type StatementParameters, timeOf } from './row-table.ts';

// Parts of the one statement that writes a draft. `batch` has the tenants by number, `written_book` the numbers of those
// whose balances were written.

/** The number of a row's tenant in the batch, from 1. */
export type NumberOf = (row: { tenant_id: string }) => number | undefined;

/** The tenant and the time of a row, by its tenant's number. */
export const tenantOf = `(select tenant_ids from batch)[part.n]`;
export const entryTime = `(select times from batch)[part.n]`;

// A condition that the planner cannot turn into a join, which it would loop for each row: the numbers are hashed once.
export const isWritten = `(part.n in (select n from written_book)) is true`;

/** The rows of grants that are not the head any more. */
export function grantPart(
  grants: readonly { tenant_id: string; at: Date; grant: Grant }[],
  numberOf: NumberOf,
  parameters: StatementParameters,
): string {
  const part = parameters.table(grants, {
    n: ['int', numberOf],
    grant_id: ['uuid', ({ grant }) => grant.grant_id],
    tokens_used: ['bigint', ({ grant }) => grant.tokens_used],
    tokens_held: ['bigint', ({ grant }) => grant.tokens_held],
    recognised_cents: ['bigint', ({ grant }) => grant.recognised_cents],
    closed_at: ['time', ({ at, grant }) => (leftOf(grant) === 0n ? at : null)],
  });
  return `written_grant as (
    update ai_token_grants g set tokens_used = part.tokens_used, tokens_held = part.tokens_held,
      recognised_cents = part.recognised_cents, closed_at = ${timeOf('part.closed_at')}
    from ${part} where g.tenant_id = ${tenantOf} and g.grant_id = part.grant_id and ${isWritten})`;
}

/** New holds, and when each is due. */
export function holdParts(
  holds: readonly DraftedHold[],
  numberOf: NumberOf,
  parameters: StatementParameters,
): string[] {
  const part = parameters.table(holds, {
    n: ['int', numberOf],
    hold_id: ['uuid', (hold) => hold.hold_id],
    request_id: ['text', (hold) => hold.request_id],
    feature_type: ['text', (hold) => hold.feature_type],
    user_id: ['text', (hold) => hold.user_id],
    tokens: ['bigint', (hold) => hold.tokens],
    grant_ids: ['text', (hold) => arrayText(hold.grant_ids)],
    grant_tokens: ['text', (hold) => arrayText(hold.grant_tokens)],
    expires_at: ['time', (hold) => hold.expires_at],
    grace_until: ['time', (hold) => hold.grace_until],
  });
  return [
    `hold as materialized (select * from ${part} where ${isWritten})`,
    `written_hold as (
      insert into ai_token_holds (tenant_id, hold_id, request_id, feature_type, user_id, tokens, status, grant_ids,
        grant_tokens, created_at, expires_at, grace_until)
      select ${tenantOf}, hold_id, request_id, feature_type, user_id, tokens, 'held', grant_ids::uuid[],
        grant_tokens::bigint[], ${entryTime}, ${timeOf('expires_at')}, ${timeOf('grace_until')} from hold as part)`,
    `written_due as (
      insert into due_work (tenant_id, kind, ref_id, next_due_at)
      select ${tenantOf}, 'token_hold', hold_id, ${timeOf('expires_at')} from hold as part)`,
  ];
}

/** Holds that end, and are not due any more. */
export function endParts(
  ends: readonly DraftedEnd[],
  numberOf: NumberOf,
  parameters: StatementParameters,
): string[] {
  const part = parameters.table(ends, {
    n: ['int', numberOf],
    hold_id: ['uuid', (end) => end.hold_id],
    balance_after: ['bigint', (end) => end.balance_after],
    usage_id: ['uuid', ({ settled }) => settled?.usage_id],
    settled_tokens: ['bigint', ({ settled }) => settled?.tokens],
  });
  return [
    `ended as materialized (select * from ${part} where ${isWritten})`,
    `written_end as (
      update ai_token_holds h set status = case when part.usage_id is null then 'released' else 'settled' end,
        ended_at = ${entryTime}, balance_after = part.balance_after, usage_id = part.usage_id,
        settled_tokens = part.settled_tokens,
        released_by = case when part.usage_id is null then 'owner' end,
        release_reason = case when part.usage_id is null then ${parameters.add(RELEASED_BY_OWNER)} end
      from ended as part where h.tenant_id = ${tenantOf} and h.hold_id = part.hold_id)`,
    `done_due as (
      delete from due_work d using ended as part
      where d.tenant_id = ${tenantOf} and d.kind = 'token_hold' and d.ref_id = part.hold_id)`,
  ];
}

/** Keys beside those of uses. */
export function keyPart(
  keys: readonly DraftedKey[],
  numberOf: NumberOf,
  parameters: StatementParameters,
): string {
  const part = parameters.table(keys, {
    n: ['int', ({ claim }) => numberOf(claim)],
    namespace: ['text', ({ claim }) => claim.namespace],
    key: ['text', ({ claim }) => claim.key],
    body_hash: ['hex', ({ claim }) => hexOf(claim.body_hash)],
    status_code: ['int', ({ status }) => status],
    ref_id: ['uuid', ({ ref_id }) => ref_id],
    expires_at: ['time', ({ claim }) => claim.expires_at],
  });
  return `written_key as (
    insert into request_keys (tenant_id, namespace, key, body_hash, status_code, ref_id, created_at, expires_at)
    select ${tenantOf}, namespace, key, decode(body_hash, 'hex'), status_code, ref_id, ${entryTime}, ${timeOf('expires_at')}
    from ${part} where ${isWritten})`;
}

/** Bytes as text that SQL decodes. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
