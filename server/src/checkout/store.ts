import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** A row of `payment_checkouts`. */
export interface Checkout {
  tenant_id: string;
  /** The transaction_id too, where something is bought. */
  checkout_id: string;
  provider: string;
  purpose: 'setup' | 'token_purchase';
  tokens_to_purchase: bigint | null;
  amount_cents: bigint | null;
  currency: string;
  price_version: string | null;
  success_url: string;
  cancel_url: string;
  external_id: string | null;
  checkout_url: string | null;
  status: 'open' | 'completed' | 'expired';
  created_at: Date;
  expires_at: Date;
  ended_at: Date | null;
}

/** Writes a checkout that is about to be opened. */
export async function insertCheckout(tx: Tx, row: Checkout): Promise<void> {
  await sql`
    insert into payment_checkouts (tenant_id, checkout_id, provider, purpose, tokens_to_purchase, amount_cents, currency,
      price_version, success_url, cancel_url, status, created_at, expires_at)
    values (${row.tenant_id}, ${row.checkout_id}, ${row.provider}, ${row.purpose}, ${row.tokens_to_purchase},
      ${row.amount_cents}, ${row.currency}, ${row.price_version}, ${row.success_url}, ${row.cancel_url}, ${row.status},
      ${row.created_at}, ${row.expires_at})`.execute(tx);
}

/** One checkout, or undefined; locked until the transaction ends where `lock` is given. */
export async function findCheckout(
  tx: Tx,
  tenant_id: string,
  checkout_id: string,
  lock?: 'lock',
): Promise<Checkout | undefined> {
  const found = await sql<Checkout>`
    select tenant_id, checkout_id, provider, purpose, tokens_to_purchase, amount_cents, currency, price_version,
      success_url, cancel_url, external_id, checkout_url, status, created_at, expires_at, ended_at
    from payment_checkouts where tenant_id = ${tenant_id} and checkout_id = ${checkout_id}
    ${lock === undefined ? sql`` : sql`for update`}`.execute(tx);
  return found.rows[0];
}

/** Keeps where the page is, as its provider says. */
export async function noteOpened(
  tx: Tx,
  { tenant_id, checkout_id }: Checkout,
  opened: { external_id: string; checkout_url: string },
): Promise<void> {
  await sql`
    update payment_checkouts set external_id = ${opened.external_id}, checkout_url = ${opened.checkout_url}
    where tenant_id = ${tenant_id} and checkout_id = ${checkout_id}`.execute(tx);
}

/** Ends a checkout that is open; one that has ended stays as it is. */
export async function endCheckout(
  tx: Tx,
  { tenant_id, checkout_id }: Checkout,
  status: 'completed' | 'expired',
  now: Date,
): Promise<void> {
  await sql`
    update payment_checkouts set status = ${status}, ended_at = ${now}
    where tenant_id = ${tenant_id} and checkout_id = ${checkout_id} and status = 'open'`.execute(tx);
}
