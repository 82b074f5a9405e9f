import type { DraftedUse } from './draft.ts';
import { entryTime, hexOf, isWritten, type NumberOf, tenantOf } from './draft-parts.ts';
import type { StatementParameters } from './row-table.ts';

/**
 * Uses, with the keys of their requests: the widest part of a batch and nearly all of its rows, so it carries nothing
 * twice. What grants burned goes as five arrays over all uses, of which each use takes its slice.
 */
export function useParts(
  uses: readonly DraftedUse[],
  numberOf: NumberOf,
  parameters: StatementParameters,
): string[] {
  const burns = uses.flatMap(({ plan }) => plan.burns);
  let burned = 0;
  const part = parameters.table(uses, {
    n: ['int', numberOf],
    usage_id: ['uuid', (use) => use.usage_id],
    book_version: ['bigint', ({ plan }) => plan.book_version],
    feature_type: ['text', ({ labels }) => labels.feature_type],
    tokens_used: ['bigint', ({ plan }) => plan.tokens_used],
    balance_before: ['bigint', ({ plan }) => plan.balance_before],
    balance_after: ['bigint', ({ plan }) => plan.balance_after],
    request_id: ['text', ({ labels }) => labels.request_id],
    user_id: ['text', ({ labels }) => labels.user_id],
    metadata: ['jsonb', ({ labels }) => jsonText(labels.metadata)],
    hold_id: ['uuid', ({ labels }) => labels.hold_id],
    recognised_cents: ['bigint', ({ plan }) => plan.recognised_cents],
    burns: ['int', ({ plan }) => plan.burns.length],
    last_burn: [
      'int',
      ({ plan }) => {
        burned += plan.burns.length;
        return burned;
      },
    ],
    body_hash: ['hex', ({ body_hash }) => body_hash && hexOf(body_hash)],
  });
  return [
    `burned as materialized (
      select ${parameters.array(burns, 'uuid', (burn) => burn.grant_id)} as grant_ids,
        ${parameters.array(burns, 'bigint', (burn) => burn.tokens)} as tokens,
        ${parameters.array(burns, 'bigint', (burn) => burn.left_before)} as left_before,
        ${parameters.array(burns, 'bigint', (burn) => burn.deferred_before_cents)} as deferred_before_cents,
        ${parameters.array(burns, 'bigint', (burn) => burn.recognised_cents)} as recognised_cents)`,
    `use as materialized (select * from ${part} where ${isWritten})`,
    // A lane takes only what is covered, so there is no shortfall.
    `written_use as (
      insert into ai_token_usage (tenant_id, usage_id, occurred_at, book_version, feature_type, tokens_used,
        balance_before, balance_after, request_id, user_id, metadata, hold_id, currency, recognised_cents, grant_ids,
        grant_tokens, grant_left_before, grant_deferred_before_cents, grant_recognised_cents)
      select ${tenantOf}, usage_id, ${entryTime}, book_version, feature_type, tokens_used, balance_before, balance_after,
        request_id, user_id, metadata, hold_id, (select currencies from batch)[part.n], recognised_cents,
        ${burnsOf('grant_ids')}, ${burnsOf('tokens')}, ${burnsOf('left_before')}, ${burnsOf('deferred_before_cents')},
        ${burnsOf('recognised_cents')}
      from use as part)`,
    `written_use_key as (
      insert into request_keys (tenant_id, namespace, key, body_hash, status_code, ref_id, created_at)
      select ${tenantOf}, 'usage', request_id, decode(body_hash, 'hex'), 201, usage_id, ${entryTime}
      from use as part where body_hash is not null)`,
  ];
}

/** A use's slice of one of the five arrays. */
function burnsOf(column: string): string {
  return `(select ${column} from burned)[part.last_burn - part.burns + 1 : part.last_burn]`;
}

function jsonText(metadata: unknown): string | null {
  return metadata === undefined ? null : JSON.stringify(metadata);
}
