import type { Tx } from '../db/index.ts';
import { TallystickError } from '../errors/index.ts';
import { onceByRow, type RowAnswer } from '../request-keys/index.ts';
import { recall, type UseAnswer, useAnswer } from './answers.ts';
import type { BookContext } from './context.ts';
import { requireFeature } from './features.ts';
import { plan } from './plan/plan.ts';
import { lockBook, saveBook } from './store.ts';
import { requestClaim, type TokenUse } from './token-write.ts';
import { insertUsage } from './usage-row.ts';

/**
 * Takes tokens from the tenant's grants, once for each request_id, in the caller's transaction. Fails with
 * `tokens_insufficient` (nothing taken), `feature_unknown` or `request_id_reused`.
 */
export async function useTokens(tx: Tx, context: BookContext, use: TokenUse): Promise<RowAnswer<UseAnswer>> {
  const { tenant_id, now } = context;
  return onceByRow(
    tx,
    requestClaim(tenant_id, { kind: 'use', use }, now),
    async () => {
      const body = await takeTokens(tx, context, use);
      return { replayed: false, status: 201, body, ref_id: body.usage_id };
    },
    (usage_id) => recall.use(tx, tenant_id, usage_id),
  );
}

async function takeTokens(tx: Tx, context: BookContext, use: TokenUse): Promise<UseAnswer> {
  await requireFeature(tx, context.known_features, use.feature_type);
  const book = await lockBook(tx, context);
  const planned = plan(book, { kind: 'use', tokens: BigInt(use.tokens_used) }, context.now);
  if (planned.outcome === 'insufficient') throw insufficient(planned);
  const usage_id = context.newId(planned.occurred_at);
  await insertUsage(tx, context.tenant_id, usage_id, planned, book.currency, use);
  await saveBook(tx, context, book);
  return useAnswer({ ...planned, usage_id, feature_type: use.feature_type });
}

/** The 402 with the figures that a caller needs to act. */
export function insufficient(planned: {
  tokens_required: bigint;
  tokens_remaining: bigint;
}): TallystickError {
  const { tokens_required, tokens_remaining } = planned;
  const detail = `${tokens_required} tokens are needed and ${tokens_remaining} are free`;
  const top_up_url = '/api/v1/monetization/ai-tokens/purchase';
  return new TallystickError('tokens_insufficient', detail, {
    extra: { tokens_required, tokens_remaining, top_up_url },
  });
}
