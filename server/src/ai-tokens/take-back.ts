import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { postTransaction } from '../ledger/index.ts';
import type { BookContext } from './context.ts';
import { expiryLines } from './lines.ts';
import { type Book, freeOf, type Grant, stampEntry } from './plan/book.ts';
import { expireGrants } from './plan/expire.ts';
import { lockBook, saveBook } from './store.ts';

/**
 * Takes tokens of given grants back, at most those that are free, those first that burn first: as when a tier that
 * included them is left. They expire now. Answers how many; grants that are gone give none.
 */
export async function takeBackGrants(
  tx: Tx,
  context: BookContext,
  grant_ids: readonly string[],
  tokens: bigint,
): Promise<bigint> {
  const book = await lockBook(tx, context);
  expireGrants(book, context.now);
  let left = tokens;
  for (const grant of book.grants.filter(
    ({ grant_id, source }) => source === 'given' && grant_ids.includes(grant_id),
  )) {
    const free = freeOf(grant);
    const taken = left < free ? left : free;
    if (taken <= 0n) continue;
    left -= taken;
    await expireNow(tx, context, book, grant, taken);
  }
  await saveBook(tx, context, book);
  return tokens - left;
}

async function expireNow(
  tx: Tx,
  context: BookContext,
  book: Book,
  grant: Grant,
  tokens: bigint,
): Promise<void> {
  grant.tokens_expired += tokens;
  book.balance.tokens_expired += tokens;
  book.changed.add(grant);
  const entry = stampEntry(book, context.now);
  const row = {
    transaction_id: context.newId(entry.at),
    type: 'token_expiry',
    currency: grant.currency,
    tokens,
    reason: 'taken back with the tier',
    created_at: entry.at,
  } as const;
  const lines = expiryLines({ ...entry, grant, tokens, breakage_cents: 0n });
  await postTransaction(tx, context.tenant_id, row, entry, lines, context.newId);
}

/** Tokens of grants that are neither used, held, refunded nor expired. */
export async function unusedOfGrants(
  tx: Tx,
  tenant_id: string,
  grant_ids: readonly string[],
): Promise<bigint> {
  const found = await sql<{ unused: bigint }>`
    select coalesce(sum(tokens - tokens_used - tokens_refunded - tokens_expired - tokens_held), 0)::bigint as unused
    from ai_token_grants_merged where tenant_id = ${tenant_id} and grant_id = any(${grant_ids}::uuid[])`.execute(
    tx,
  );
  return found.rows[0]?.unused ?? 0n;
}
