import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { onceByRow, type RowAnswer } from '../request-keys/index.ts';
import { type HoldAnswer, recall } from './answers.ts';
import type { BookContext } from './context.ts';
import { requireFeature } from './features.ts';
import { insertHold } from './hold-row.ts';
import { plan } from './plan/plan.ts';
import { lockBook, saveBook } from './store.ts';
import { type HoldRequest, requestClaim } from './token-write.ts';
import { insufficient } from './use-tokens.ts';

/** Bounds of a hold's life, in seconds, and what it gets where its maker names none. */
export const HOLD_TTL_SECONDS = { min: 1, default: 900, max: 86_400 } as const;

/** How long an expired hold keeps its tokens for a late settlement before policy releases it: 24 hours. */
export const HOLD_GRACE_SECONDS = 86_400;

/**
 * Holds tokens durably before the work that will use them, once for each request_id. Fails with `tokens_insufficient`,
 * `feature_unknown` or `request_id_reused`.
 */
export async function holdTokens(
  tx: Tx,
  context: BookContext,
  hold: HoldRequest,
): Promise<RowAnswer<HoldAnswer>> {
  const { tenant_id, now } = context;
  return onceByRow(
    tx,
    requestClaim(tenant_id, { kind: 'hold', hold }, now),
    async () => {
      const body = await placeHold(tx, context, hold);
      return { replayed: false, status: 201, body, ref_id: body.hold_id };
    },
    (hold_id) => recall.hold(tx, tenant_id, hold_id),
  );
}

/**
 * Holds tokens without claiming the request_id: for who keeps it from being done twice in another way, and may name the
 * hold. Fails with `tokens_insufficient` or `feature_unknown`.
 */
export async function placeHold(
  tx: Tx,
  context: BookContext,
  request: HoldRequest,
  named?: string,
): Promise<HoldAnswer> {
  const { tenant_id } = context;
  await requireFeature(tx, context.known_features, request.feature_type);
  const book = await lockBook(tx, context);
  const tokens = BigInt(request.tokens);
  const planned = plan(book, { kind: 'hold', tokens }, context.now);
  if (planned.outcome === 'insufficient') throw insufficient(planned);
  const created_at = planned.held_at;
  const hold_id = named ?? context.newId(created_at);
  const { expires_at, grace_until } = holdTimes(created_at, request.ttl_seconds);
  const { request_id, feature_type, user_id } = request;
  await insertHold(
    tx,
    tenant_id,
    { hold_id, request_id, feature_type, user_id, tokens, created_at, expires_at, grace_until },
    planned.pins,
  );
  await schedule(tx, { tenant_id, kind: 'token_hold', ref_id: hold_id, next_due_at: expires_at });
  await saveBook(tx, context, book);
  return { hold_id, tokens_held: tokens, expires_at };
}

/** When a hold made at that time ends by itself, and until when a settlement keeps its tokens. */
export function holdTimes(
  created_at: Date,
  ttl_seconds: number = HOLD_TTL_SECONDS.default,
): { expires_at: Date; grace_until: Date } {
  const expires_ms = created_at.getTime() + ttl_seconds * 1000;
  return { expires_at: new Date(expires_ms), grace_until: new Date(expires_ms + HOLD_GRACE_SECONDS * 1000) };
}
