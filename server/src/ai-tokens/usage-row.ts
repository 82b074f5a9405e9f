import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { Json } from '../json/index.ts';
import type { UsePlan } from './plan/plan.ts';

/** What is said of a use beside its tokens. */
export interface UsageLabels {
  feature_type: string;
  request_id?: string | undefined;
  user_id?: string | undefined;
  metadata?: Json | undefined;
  hold_id?: string | undefined;
}

/** A row of `ai_token_usage`, the journal of tokens used. */
export interface UsageRow {
  usage_id: string;
  occurred_at: Date;
  book_version: bigint;
  feature_type: string;
  tokens_used: bigint;
  shortfall_tokens: bigint;
  shortfall_refused_tokens: bigint;
  balance_before: bigint;
  balance_after: bigint;
  request_id: string | null;
  user_id: string | null;
  metadata: Json;
  hold_id: string | null;
  currency: string;
  recognised_cents: bigint;
  grant_ids: string[];
  grant_tokens: bigint[];
  grant_left_before: bigint[];
  grant_deferred_before_cents: bigint[];
  grant_recognised_cents: bigint[];
}

export const usageColumns = sql`usage_id, occurred_at, book_version, feature_type, tokens_used, shortfall_tokens,
  shortfall_refused_tokens, balance_before, balance_after, request_id, user_id, metadata, hold_id, currency,
  recognised_cents, grant_ids, grant_tokens, grant_left_before, grant_deferred_before_cents, grant_recognised_cents`;

/** Writes a planned use under its id, whose time is that of the plan. */
export async function insertUsage(
  tx: Tx,
  tenant_id: string,
  usage_id: string,
  plan: UsePlan,
  currency: string,
  labels: UsageLabels,
): Promise<void> {
  const { burns } = plan;
  const metadata = labels.metadata === undefined ? null : JSON.stringify(labels.metadata);
  await sql`
    insert into ai_token_usage (tenant_id, usage_id, occurred_at, book_version, feature_type, tokens_used,
      shortfall_tokens, shortfall_refused_tokens, balance_before, balance_after, request_id, user_id, metadata, hold_id,
      currency, recognised_cents, grant_ids, grant_tokens, grant_left_before, grant_deferred_before_cents,
      grant_recognised_cents)
    values (${tenant_id}, ${usage_id}, ${plan.occurred_at}, ${plan.book_version}, ${labels.feature_type},
      ${plan.tokens_used}, ${plan.shortfall_tokens}, ${plan.shortfall_refused_tokens}, ${plan.balance_before},
      ${plan.balance_after}, ${labels.request_id ?? null}, ${labels.user_id ?? null}, ${metadata}::jsonb,
      ${labels.hold_id ?? null}, ${currency}, ${plan.recognised_cents}, ${burns.map((burn) => burn.grant_id)}::uuid[],
      ${burns.map((burn) => burn.tokens)}::bigint[], ${burns.map((burn) => burn.left_before)}::bigint[],
      ${burns.map((burn) => burn.deferred_before_cents)}::bigint[],
      ${burns.map((burn) => burn.recognised_cents)}::bigint[])`.execute(tx);
}
