import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { bodyHash, type Json } from '../json/index.ts';
import { type OnceOnlyResult, onceOnly } from '../request-keys/index.ts';
import type { BookContext } from './context.ts';
import { requireFeature } from './features.ts';
import { plan } from './plan/plan.ts';
import { lockBook, saveBook } from './store.ts';
import { insertUsage } from './usage-row.ts';

/** A use of tokens: `tokens_used` from 1 to 2^31-1. */
export interface TokenUse {
  tokens_used: number;
  feature_type: string;
  request_id?: string | undefined;
  user_id?: string | undefined;
  metadata?: Json | undefined;
}

/** What a use answers; `balance_after` is tokens_remaining. */
export interface TokenUseAnswer {
  usage_id: string;
  tokens_used: bigint;
  feature_type: string;
  balance_after: bigint;
  receipt: string;
}

/** Where the receipt of a use is served. */
export function receiptPath(usage_id: string): string {
  return `/api/v1/monetization/ai-tokens/receipts/${usage_id}`;
}

/**
 * Takes tokens from the tenant's grants, once for each request_id, in the caller's transaction. Fails with
 * `tokens_insufficient` (nothing taken), `feature_unknown` or `request_id_reused`.
 */
export async function useTokens(
  tx: Tx,
  context: BookContext,
  use: TokenUse,
): Promise<OnceOnlyResult<TokenUseAnswer>> {
  const { tenant_id, now } = context;
  const work = async () => ({ status: 201, body: await takeTokens(tx, context, use) });
  const key = use.request_id;
  const claim =
    key === undefined
      ? undefined
      : ({
          tenant_id,
          namespace: 'usage',
          key,
          body_hash: bodyHash(use),
          now,
          reused_code: 'request_id_reused',
        } as const);
  return onceOnly(tx, claim, work);
}

async function takeTokens(tx: Tx, context: BookContext, use: TokenUse): Promise<TokenUseAnswer> {
  await requireFeature(tx, context.known_features, use.feature_type);
  const book = await lockBook(tx, context);
  const planned = plan(book, { kind: 'use', tokens: BigInt(use.tokens_used) }, context.now);
  if (planned.outcome === 'insufficient') return refuseInsufficient(planned);
  const usage_id = context.newId(planned.occurred_at);
  await insertUsage(tx, context.tenant_id, usage_id, planned, book.currency, use);
  await saveBook(tx, context, book);
  const { tokens_used, balance_after } = planned;
  return {
    usage_id,
    tokens_used,
    feature_type: use.feature_type,
    balance_after,
    receipt: receiptPath(usage_id),
  };
}

/** Says 402 with the figures a caller needs to act. */
export function refuseInsufficient(planned: { tokens_required: bigint; tokens_remaining: bigint }): never {
  const { tokens_required, tokens_remaining } = planned;
  return fail(
    'tokens_insufficient',
    `${tokens_required} tokens are needed and ${tokens_remaining} are free`,
    {
      tokens_required,
      tokens_remaining,
      top_up_url: '/api/v1/monetization/ai-tokens/purchase',
    },
  );
}
