import type { Tx } from '../db/index.ts';
import { type HoldRow, requireHold } from './hold-row.ts';
import { findUsage } from './read-usage.ts';
import type { UsageRow } from './usage-row.ts';

/** What a use answers; `balance_after` is tokens_remaining. */
export interface UseAnswer {
  usage_id: string;
  tokens_used: bigint;
  feature_type: string;
  balance_after: bigint;
  receipt: string;
}

export interface HoldAnswer {
  hold_id: string;
  tokens_held: bigint;
  expires_at: Date;
}

/** What a settlement answers. `tokens_used` includes the shortfall and leaves out what the tenant's cap refused. */
export interface SettleAnswer {
  usage_id: string;
  tokens_used: bigint;
  shortfall_tokens: bigint;
  shortfall_refused_tokens?: bigint;
  balance_after: bigint;
  receipt: string;
}

export interface ReleaseAnswer {
  hold_id: string;
  tokens_released: bigint;
  balance_after: bigint;
}

/** What each kind of write answers. */
export interface TokenAnswers {
  use: UseAnswer;
  hold: HoldAnswer;
  settle: SettleAnswer;
  release: ReleaseAnswer;
}

/** Where the receipt of a use is served. */
function receiptPath(usage_id: string): string {
  return `/api/v1/monetization/ai-tokens/receipts/${usage_id}`;
}

/** The answer of a use, as its row has it. */
export function useAnswer(
  usage: Pick<UsageRow, 'usage_id' | 'tokens_used' | 'feature_type' | 'balance_after'>,
): UseAnswer {
  const { usage_id, tokens_used, feature_type, balance_after } = usage;
  return { usage_id, tokens_used, feature_type, balance_after, receipt: receiptPath(usage_id) };
}

/** The answer of a hold, as its row has it. */
export function holdAnswer({
  hold_id,
  tokens,
  expires_at,
}: Pick<HoldRow, (keyof HoldAnswer & keyof HoldRow) | 'tokens'>): HoldAnswer {
  return { hold_id, tokens_held: tokens, expires_at };
}

/** The answer of a settlement, as the row of its use has it. */
export function settleAnswer(
  usage: Pick<
    UsageRow,
    'usage_id' | 'tokens_used' | 'shortfall_tokens' | 'shortfall_refused_tokens' | 'balance_after'
  >,
): SettleAnswer {
  const { usage_id, tokens_used, shortfall_tokens, shortfall_refused_tokens, balance_after } = usage;
  const answer = { usage_id, tokens_used, shortfall_tokens, balance_after, receipt: receiptPath(usage_id) };
  return shortfall_refused_tokens > 0n ? { ...answer, shortfall_refused_tokens } : answer;
}

/** The answer of a release, as the row of its hold has it. */
export function releaseAnswer(hold: Pick<HoldRow, 'hold_id' | 'tokens' | 'balance_after'>): ReleaseAnswer {
  return {
    hold_id: hold.hold_id,
    tokens_released: hold.tokens,
    balance_after: hold.balance_after ?? 0n,
  };
}

/** What a write of this kind was answered, by the row that its key refers to: a use, or a hold. */
export const recall = {
  use: async (tx: Tx, tenant_id: string, usage_id: string) =>
    useAnswer(await usageOf(tx, tenant_id, usage_id)),
  settle: async (tx: Tx, tenant_id: string, usage_id: string) =>
    settleAnswer(await usageOf(tx, tenant_id, usage_id)),
  hold: async (tx: Tx, tenant_id: string, hold_id: string) =>
    holdAnswer(await requireHold(tx, tenant_id, hold_id)),
  release: async (tx: Tx, tenant_id: string, hold_id: string) =>
    releaseAnswer(await requireHold(tx, tenant_id, hold_id)),
} satisfies Record<keyof TokenAnswers, unknown>;

async function usageOf(tx: Tx, tenant_id: string, usage_id: string): Promise<UsageRow> {
  const usage = await findUsage(tx, tenant_id, usage_id);
  if (!usage)
    throw new Error(`a key or a hold of ${tenant_id} refers to usage ${usage_id}, which is not there`);
  return usage;
}
