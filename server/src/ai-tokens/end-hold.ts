import type { Tx } from '../db/index.ts';
import { type DueItem, unschedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import type { RowAnswer } from '../request-keys/index.ts';
import { type ReleaseAnswer, recall, releaseAnswer, type SettleAnswer, settleAnswer } from './answers.ts';
import type { BookContext } from './context.ts';
import {
  type HoldRow,
  markHoldExpired,
  markHoldReleased,
  markHoldSettled,
  pinsOf,
  requireHold,
} from './hold-row.ts';
import type { Book } from './plan/book.ts';
import { plan } from './plan/plan.ts';
import { lockBook, saveBook } from './store.ts';
import { insertUsage } from './usage-row.ts';

/** Why a hold ended that its owner released without saying more. */
export const RELEASED_BY_OWNER = 'released by its owner';

/**
 * Settles a hold with what was really used, 1 to 2^31-1 tokens. Above the hold it draws on the free balance, and what
 * is still missing becomes a shortfall up to the tenant's cap. An expired hold is settled like any other, also after
 * policy released it. Fails with `not_found`, `hold_released` (by its owner) or `settlement_differs`.
 */
export async function settleHold(
  tx: Tx,
  context: BookContext,
  hold_id: string,
  tokens_used: number,
): Promise<RowAnswer<SettleAnswer>> {
  const { tenant_id } = context;
  const book = await lockBook(tx, context);
  const hold = await requireHold(tx, tenant_id, hold_id);
  const tokens = BigInt(tokens_used);
  if (hold.status === 'settled') return settledBefore(tx, tenant_id, hold, tokens);
  if (hold.status === 'released' && hold.released_by === 'owner') {
    fail('hold_released', `its owner released hold ${hold_id} at ${hold.ended_at?.toISOString()}`);
  }
  const planned = plan(book, { kind: 'settle', tokens, pins: pinsOf(hold) }, context.now);
  const usage_id = context.newId(planned.occurred_at);
  const { request_id, feature_type } = hold;
  const labels = { feature_type, request_id, hold_id, user_id: hold.user_id ?? undefined };
  await insertUsage(tx, tenant_id, usage_id, planned, book.currency, labels);
  const { occurred_at: at, balance_after } = planned;
  await markHoldSettled(tx, tenant_id, hold_id, { at, usage_id, settled_tokens: tokens, balance_after });
  await unschedule(tx, tenant_id, 'token_hold', hold_id);
  await saveBook(tx, context, book);
  return { replayed: false, status: 200, body: settleAnswer({ ...planned, usage_id }), ref_id: usage_id };
}

async function settledBefore(
  tx: Tx,
  tenant_id: string,
  hold: HoldRow,
  tokens: bigint,
): Promise<RowAnswer<SettleAnswer>> {
  if (hold.settled_tokens !== tokens) {
    fail(
      'settlement_differs',
      `hold ${hold.hold_id} was settled with ${hold.settled_tokens} tokens, not ${tokens}`,
    );
  }
  const ref_id = hold.usage_id ?? '';
  return { replayed: true, status: 200, body: await recall.settle(tx, tenant_id, ref_id), ref_id };
}

/** Releases a hold by its owner's word; doing it again answers the same. Fails with `not_found` or `hold_settled`. */
export async function releaseHold(
  tx: Tx,
  context: BookContext,
  hold_id: string,
  reason = RELEASED_BY_OWNER,
): Promise<RowAnswer<ReleaseAnswer>> {
  const book = await lockBook(tx, context);
  const hold = await requireHold(tx, context.tenant_id, hold_id);
  if (hold.status === 'settled')
    fail('hold_settled', `hold ${hold_id} was settled by usage ${hold.usage_id}`);
  if (hold.status === 'released')
    return { replayed: true, status: 200, body: releaseAnswer(hold), ref_id: hold_id };
  const body = await release(tx, context, book, hold, 'owner', reason);
  return { replayed: false, status: 200, body, ref_id: hold_id };
}

async function release(
  tx: Tx,
  context: BookContext,
  book: Book,
  hold: HoldRow,
  released_by: 'owner' | 'policy',
  release_reason: string,
): Promise<ReleaseAnswer> {
  const { tenant_id } = context;
  const { hold_id } = hold;
  const planned = plan(book, { kind: 'release', pins: pinsOf(hold) }, context.now);
  const { released_at: at, balance_after, tokens_released } = planned;
  await markHoldReleased(tx, tenant_id, hold_id, { at, released_by, release_reason, balance_after });
  await unschedule(tx, tenant_id, 'token_hold', hold_id);
  await saveBook(tx, context, book);
  return { hold_id, tokens_released, balance_after };
}

/**
 * What time does to a hold: at its expiry it becomes an item to reconcile, at the end of its grace policy releases it.
 * Returns when it is due next, or undefined where time is done with it.
 */
export async function ageHold(tx: Tx, context: BookContext, item: DueItem): Promise<Date | undefined> {
  const { tenant_id, now } = context;
  const book = await lockBook(tx, context);
  const hold = await requireHold(tx, tenant_id, item.ref_id);
  if (hold.status === 'settled' || hold.status === 'released') return undefined;
  if (now < hold.expires_at) return hold.expires_at;
  if (now < hold.grace_until) {
    await markHoldExpired(tx, tenant_id, hold.hold_id);
    return hold.grace_until;
  }
  await release(tx, context, book, hold, 'policy', 'not settled within the grace after its expiry');
  return undefined;
}
