import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { openAccounts, pendingTokens, postTransaction } from '../ledger/index.ts';
import { type BookRow, balanceColumns, grantOfJson, type JsonGrant, toBook } from './book-row.ts';
import type { EntryContext } from './context.ts';
import { expiryLines } from './lines.ts';
import { type Book, type Grant, leftOf, remainingOf } from './plan/book.ts';
import { requireRoom } from './plan/grants.ts';

/**
 * Locks a tenant's balance row and loads its book. Whoever changes grants, holds or balances goes through here, so
 * one book has one writer at a time in all processes. Opens the book of a tenant that has none yet.
 */
export async function lockBook(tx: Tx, context: EntryContext): Promise<Book> {
  const { tenant_id } = context;
  const locked = (await lockBalance(tx, tenant_id)) ?? (await openBook(tx, context));
  // A statement of its own: one that waited for the lock would still see the grants as they were before it.
  const grants = await sql<Grant>`
    select * from ai_token_grants where tenant_id = ${tenant_id} and closed_at is null`.execute(tx);
  return toBook(tenant_id, locked, grants.rows);
}

async function lockBalance(tx: Tx, tenant_id: string): Promise<BookRow | undefined> {
  const found = await sql<BookRow>`
    select ${balanceColumns}, t.currency, t.shortfall_cap_tokens
    from ai_token_balances b join tenants t on t.tenant_id = b.tenant_id
    where b.tenant_id = ${tenant_id} for update of b`.execute(tx);
  return found.rows[0];
}

async function openBook(tx: Tx, context: EntryContext): Promise<BookRow> {
  const { tenant_id, now } = context;
  const tenant = await sql<Pick<BookRow, 'currency' | 'shortfall_cap_tokens'>>`
    select currency, shortfall_cap_tokens from tenants where tenant_id = ${tenant_id}`.execute(tx);
  const terms = tenant.rows[0] ?? fail('not_found', `there is no tenant ${tenant_id}`);
  await sql`
    insert into ai_token_balances (tenant_id, book_version, tokens_purchased, tokens_granted, tokens_refunded,
      tokens_used, tokens_held, tokens_expired, tokens_shortfall, last_entry_at)
    values (${tenant_id}, 0, 0, 0, 0, 0, 0, 0, 0, ${now})
    on conflict do nothing`.execute(tx);
  await openAccounts(tx, tenant_id, terms.currency, now);
  const opened = await lockBalance(tx, tenant_id);
  if (!opened) throw new Error(`the book of ${tenant_id} cannot be opened`);
  return opened;
}

/**
 * Fails with `amount_out_of_range` where a locked book has no room for that many more tokens. What is being paid for has
 * its room already, so nobody is charged for tokens that cannot be credited.
 */
export async function reserveRoom(tx: Tx, book: Book, tokens: bigint): Promise<void> {
  requireRoom(book, tokens + (await pendingTokens(tx, book.tenant_id, 'token_purchase')));
}

/**
 * A book as one statement sees it, without a lock: for readers, who then expire in memory what is due.
 * Undefined for a tenant that has no book yet.
 */
export async function readBook(tx: Tx, tenant_id: string): Promise<Book | undefined> {
  const found = await sql<BookRow & { grants: JsonGrant[] }>`
    select ${balanceColumns}, t.currency, t.shortfall_cap_tokens,
      (select coalesce(jsonb_agg(to_jsonb(g)), '[]') from ai_token_grants g
       where g.tenant_id = b.tenant_id and g.closed_at is null) as grants
    from ai_token_balances b join tenants t on t.tenant_id = b.tenant_id
    where b.tenant_id = ${tenant_id}`.execute(tx);
  const row = found.rows[0];
  if (!row) return undefined;
  const { grants, ...stored } = row;
  return toBook(tenant_id, stored, grants.map(grantOfJson));
}

/**
 * Writes back what a plan changed in a locked book: the balance, its grants, and the expiries it booked. The head's
 * counters go back into its own row.
 */
export async function saveBook(tx: Tx, context: EntryContext, book: Book): Promise<void> {
  const balance = book.balance;
  if (remainingOf(balance) < 0n) throw new Error(`book of ${book.tenant_id}: the balance would be negative`);
  await sql`
    update ai_token_balances set book_version = ${balance.book_version}, tokens_purchased = ${balance.tokens_purchased},
      tokens_granted = ${balance.tokens_granted}, tokens_refunded = ${balance.tokens_refunded},
      tokens_used = ${balance.tokens_used}, tokens_held = ${balance.tokens_held},
      tokens_expired = ${balance.tokens_expired}, tokens_shortfall = ${balance.tokens_shortfall},
      last_purchase_at = ${balance.last_purchase_at}, last_usage_at = ${balance.last_usage_at},
      last_entry_at = ${balance.last_entry_at}, head_grant_id = null, head_tokens = null, head_tokens_used = null,
      head_tokens_held = null, head_price_cents = null, head_recognised_cents = null
    where tenant_id = ${book.tenant_id}`.execute(tx);
  await saveExpiries(tx, context, book);
  if (book.head !== undefined) book.changed.add(book.head);
  if (book.changed.size > 0) await saveGrants(tx, book);
}

async function saveExpiries(tx: Tx, context: EntryContext, book: Book): Promise<void> {
  for (const expiry of book.expiries) {
    await postTransaction(
      tx,
      book.tenant_id,
      {
        transaction_id: context.newId(expiry.at),
        type: 'token_expiry',
        currency: expiry.grant.currency,
        amount_cents: expiry.breakage_cents,
        tokens: expiry.tokens,
        created_at: expiry.at,
      },
      expiry,
      expiryLines(expiry),
      context.newId,
    );
  }
}

/** New grants are inserted and known ones get their counters: one statement, since a plan may do both. */
async function saveGrants(tx: Tx, book: Book): Promise<void> {
  const rows = [...book.changed].map((grant) => ({
    ...grant,
    ...Object.fromEntries(
      Object.entries(grant)
        .filter(([, value]) => typeof value === 'bigint')
        .map(([name, value]) => [name, String(value)]),
    ),
    closed_at: leftOf(grant) === 0n ? book.balance.last_entry_at : null,
  }));
  await sql`
    insert into ai_token_grants (tenant_id, grant_id, transaction_id, book_version, source, priority, expires_at, tokens, tokens_used,
      tokens_held, tokens_refunded, tokens_expired, currency, price_cents, price_version, recognised_cents,
      breakage_cents, refunded_cents, reason, created_at, closed_at)
    select ${book.tenant_id}::uuid, g.grant_id, g.transaction_id, g.book_version, g.source, g.priority, g.expires_at,
      g.tokens, g.tokens_used, g.tokens_held, g.tokens_refunded, g.tokens_expired, g.currency, g.price_cents,
      g.price_version, g.recognised_cents, g.breakage_cents, g.refunded_cents, g.reason, g.created_at, g.closed_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (grant_id uuid, transaction_id uuid, book_version bigint, source text,
      priority smallint, expires_at timestamptz, tokens bigint, tokens_used bigint, tokens_held bigint,
      tokens_refunded bigint, tokens_expired bigint, currency text, price_cents bigint, price_version text,
      recognised_cents bigint, breakage_cents bigint, refunded_cents bigint, reason text, created_at timestamptz,
      closed_at timestamptz)
    on conflict (tenant_id, grant_id) do update set tokens_used = excluded.tokens_used,
      tokens_held = excluded.tokens_held, tokens_refunded = excluded.tokens_refunded,
      tokens_expired = excluded.tokens_expired, recognised_cents = excluded.recognised_cents,
      breakage_cents = excluded.breakage_cents, refunded_cents = excluded.refunded_cents,
      closed_at = excluded.closed_at`.execute(tx);
}
