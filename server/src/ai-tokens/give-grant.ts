import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { postTransaction } from '../ledger/index.ts';
import type { BookContext, EntryContext } from './context.ts';
import { issueLines } from './lines.ts';
import type { Book, Grant } from './plan/book.ts';
import { addGrant } from './plan/grants.ts';
import { type GrantView, toGrantView } from './read-balance.ts';
import { lockBook, reserveRoom, saveBook } from './store.ts';

/** The priority of a grant whose maker names none; lower ones burn first. 0 to 1000. */
export const GRANT_PRIORITY_DEFAULT = 100;

/** Tokens to give, 1 to 2^53-1: they carry no revenue, cannot be refunded, and repay nothing. */
export interface GiftRequest {
  tokens: number;
  reason: string;
  priority?: number | undefined;
  expires_at?: Date | undefined;
}

/** Gives tokens to a tenant. Fails with `request_invalid` for an expiry that is over, or `amount_out_of_range`. */
export async function giveGrant(
  tx: Tx,
  context: BookContext,
  request: GiftRequest,
): Promise<GrantView & { balance: bigint }> {
  const { tenant_id, now } = context;
  const { reason, expires_at = null } = request;
  if (expires_at !== null && expires_at <= now) {
    fail(
      'request_invalid',
      `expires_at is ${expires_at.toISOString()}, which is not after now, ${now.toISOString()}`,
    );
  }
  const book = await lockBook(tx, context);
  await reserveRoom(tx, book, BigInt(request.tokens));
  const grant = newGrant(book, context, {
    source: 'given',
    tokens: BigInt(request.tokens),
    reason,
    expires_at,
  });
  grant.priority = request.priority ?? GRANT_PRIORITY_DEFAULT;
  const stamp = addGrant(book, grant, now);
  const { transaction_id, currency, tokens, created_at } = grant;
  const transaction = { transaction_id, type: 'token_grant', currency, tokens, reason, created_at } as const;
  await postTransaction(tx, tenant_id, transaction, stamp, issueLines(grant), context.newId);
  await saveBook(tx, context, book);
  if (expires_at)
    await schedule(tx, {
      tenant_id,
      kind: 'token_grant_expiry',
      ref_id: grant.grant_id,
      next_due_at: expires_at,
    });
  return { ...toGrantView(grant), balance: stamp.balance_after };
}

/** A grant with nothing used of it. Its transaction_id is made with it unless a purchase brings its own. */
export function newGrant(
  book: Book,
  context: EntryContext,
  terms: Pick<Grant, 'source' | 'tokens'> &
    Partial<Pick<Grant, 'transaction_id' | 'expires_at' | 'price_cents' | 'price_version' | 'reason'>>,
): Grant {
  return {
    grant_id: context.newId(context.now),
    transaction_id: context.newId(context.now),
    book_version: 0n,
    priority: GRANT_PRIORITY_DEFAULT,
    expires_at: null,
    tokens_used: 0n,
    tokens_held: 0n,
    tokens_refunded: 0n,
    tokens_expired: 0n,
    currency: book.currency,
    price_cents: 0n,
    price_version: null,
    recognised_cents: 0n,
    breakage_cents: 0n,
    refunded_cents: 0n,
    reason: null,
    created_at: context.now,
    ...terms,
  };
}
