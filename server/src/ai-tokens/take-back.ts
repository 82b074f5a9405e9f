import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { postTransaction } from '../ledger/index.ts';
import type { BookContext } from './context.ts';
import { expiryLines } from './lines.ts';
import { freeOf, remainingOf, stampEntry } from './plan/book.ts';
import { expireGrants } from './plan/expire.ts';
import { lockBook, saveBook } from './store.ts';

/**
 * Takes tokens of a given grant back, at most those that are free, as when a tier that included them is left: they expire
 * now. Answers how many. A grant that is gone gives none.
 */
export async function takeBackGrant(
  tx: Tx,
  context: BookContext,
  grant_id: string,
  tokens: bigint,
): Promise<bigint> {
  const book = await lockBook(tx, context);
  expireGrants(book, context.now);
  const grant = book.grants.find(
    (candidate) => candidate.grant_id === grant_id && candidate.source === 'given',
  );
  const free = grant === undefined ? 0n : freeOf(grant);
  const taken = tokens < free ? tokens : free;
  if (grant === undefined || taken <= 0n) {
    await saveBook(tx, context, book);
    return 0n;
  }
  grant.tokens_expired += taken;
  book.balance.tokens_expired += taken;
  book.changed.add(grant);
  const entry = stampEntry(book, context.now);
  if (remainingOf(book.balance) < 0n) throw new Error('more was taken back than there was');
  const row = {
    transaction_id: context.newId(entry.at),
    type: 'token_expiry',
    currency: grant.currency,
    tokens: taken,
    reason: 'taken back with a change of tier',
    created_at: entry.at,
  } as const;
  const lines = expiryLines({ ...entry, grant, tokens: taken, breakage_cents: 0n });
  await postTransaction(tx, context.tenant_id, row, entry, lines, context.newId);
  await saveBook(tx, context, book);
  return taken;
}

/** Tokens of a grant that are neither used, held, refunded nor expired. */
export async function unusedOfGrant(tx: Tx, tenant_id: string, grant_id: string): Promise<bigint> {
  const found = await sql<{ unused: bigint }>`
    select tokens - tokens_used - tokens_refunded - tokens_expired - tokens_held as unused from ai_token_grants_merged
    where tenant_id = ${tenant_id} and grant_id = ${grant_id}`.execute(tx);
  return found.rows[0]?.unused ?? 0n;
}
