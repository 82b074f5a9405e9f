import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { EntryStamp } from '../ledger/index.ts';
import type { BookContext } from './context.ts';
import { lockBook } from './store.ts';

/**
 * The stamp of one entry that moves no tokens: takes the book's lock and its next version, without reading its grants.
 * Opens the book of a tenant that has none yet.
 */
export async function stampBook(tx: Tx, context: BookContext): Promise<EntryStamp> {
  return (await nextStamp(tx, context)) ?? (await openAndStamp(tx, context));
}

async function openAndStamp(tx: Tx, context: BookContext): Promise<EntryStamp> {
  await lockBook(tx, context);
  const stamp = await nextStamp(tx, context);
  if (stamp === undefined) throw new Error(`the book of ${context.tenant_id} is not there`);
  return stamp;
}

async function nextStamp(tx: Tx, { tenant_id, now }: BookContext): Promise<EntryStamp | undefined> {
  const stamped = await sql<EntryStamp>`
    update ai_token_balances set book_version = book_version + 1, last_entry_at = greatest(last_entry_at, ${now})
    where tenant_id = ${tenant_id}
    returning book_version, last_entry_at as at, tokens_purchased + tokens_granted - tokens_refunded - tokens_used
      - tokens_held - tokens_expired as balance_after`.execute(tx);
  return stamped.rows[0];
}
