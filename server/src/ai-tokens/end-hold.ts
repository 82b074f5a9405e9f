import type { Tx } from '../db/index.ts';
import { type DueItem, unschedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
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
import { findUsage } from './read-usage.ts';
import { lockBook, saveBook } from './store.ts';
import { insertUsage } from './usage-row.ts';
import { receiptPath } from './use-tokens.ts';

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

interface Ended<Answer> {
  answer: Answer;
  /** Whether the hold had already ended so, and this is what it was answered then. */
  replayed: boolean;
}

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
): Promise<Ended<SettleAnswer>> {
  const { tenant_id } = context;
  const book = await lockBook(tx, context);
  const hold = await requireHold(tx, tenant_id, hold_id);
  const tokens = BigInt(tokens_used);
  if (hold.status === 'settled')
    return { answer: await settledAnswer(tx, tenant_id, hold, tokens), replayed: true };
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
  return { answer: toSettleAnswer({ ...planned, usage_id }), replayed: false };
}

async function settledAnswer(
  tx: Tx,
  tenant_id: string,
  hold: HoldRow,
  tokens: bigint,
): Promise<SettleAnswer> {
  if (hold.settled_tokens !== tokens) {
    fail(
      'settlement_differs',
      `hold ${hold.hold_id} was settled with ${hold.settled_tokens} tokens, not ${tokens}`,
    );
  }
  const usage = hold.usage_id === null ? undefined : await findUsage(tx, tenant_id, hold.usage_id);
  if (!usage) throw new Error(`hold ${hold.hold_id} is settled without a usage`);
  return toSettleAnswer(usage);
}

function toSettleAnswer(
  usage: Omit<SettleAnswer, 'receipt'> & { shortfall_refused_tokens: bigint },
): SettleAnswer {
  const { usage_id, tokens_used, shortfall_tokens, shortfall_refused_tokens, balance_after } = usage;
  const answer = { usage_id, tokens_used, shortfall_tokens, balance_after, receipt: receiptPath(usage_id) };
  return shortfall_refused_tokens > 0n ? { ...answer, shortfall_refused_tokens } : answer;
}

/** Releases a hold by its owner's word; doing it again answers the same. Fails with `not_found` or `hold_settled`. */
export async function releaseHold(
  tx: Tx,
  context: BookContext,
  hold_id: string,
  reason = 'released by its owner',
): Promise<Ended<ReleaseAnswer>> {
  const book = await lockBook(tx, context);
  const hold = await requireHold(tx, context.tenant_id, hold_id);
  if (hold.status === 'settled')
    fail('hold_settled', `hold ${hold_id} was settled by usage ${hold.usage_id}`);
  if (hold.status === 'released') {
    const { tokens: tokens_released, balance_after } = hold;
    return { answer: { hold_id, tokens_released, balance_after: balance_after ?? 0n }, replayed: true };
  }
  return {
    answer: await release(tx, context, book, hold, 'owner', reason),
    replayed: false,
  };
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
