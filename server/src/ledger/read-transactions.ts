import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { Transaction, TransactionStatus, TransactionType } from './transactions.ts';

/** Which transactions to list, newest first: after a position, `from` included, `to` excluded. */
export interface TransactionFilter {
  type?: TransactionType | undefined;
  status?: TransactionStatus | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  after?: { time: Date; id: string } | undefined;
  limit: number;
}

const columns = sql`tenant_id, transaction_id, type, status, amount_cents, currency, tokens, book_version, provider,
  payment_method, payment_customer, external_transaction_id, idempotency_key, price_version, reason, failure_code,
  failure_reason, action_url, reverses_transaction_id, invoice_id,
  balance_after, created_at, settled_at`;

/** A page of the journal of one tenant, newest first. */
export async function listTransactions(
  tx: Tx,
  tenant_id: string,
  filter: TransactionFilter,
): Promise<Transaction[]> {
  const { type = null, status = null, from = null, to = null, after } = filter;
  const page = await sql<Transaction>`
    select ${columns} from billing_transactions
    where tenant_id = ${tenant_id}
      and (${type}::text is null or type = ${type})
      and (${status}::text is null or status = ${status})
      and (${from}::timestamptz is null or created_at >= ${from})
      and (${to}::timestamptz is null or created_at < ${to})
      and (${after?.id ?? null}::uuid is null or (created_at, transaction_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, transaction_id desc
    limit ${filter.limit}`.execute(tx);
  return page.rows;
}

/** One transaction, or undefined where the tenant has none of that id. */
export async function findTransaction(
  tx: Tx,
  tenant_id: string,
  transaction_id: string,
): Promise<Transaction | undefined> {
  const found = await sql<Transaction>`
    select ${columns} from billing_transactions
    where tenant_id = ${tenant_id} and transaction_id = ${transaction_id}`.execute(tx);
  return found.rows[0];
}

/**
 * A transaction that is still pending, locked until the database transaction ends, so that nobody else ends it
 * meanwhile; undefined where it is not pending, or not there. Its row comes before the book: whoever needs both locks
 * takes them in this order.
 */
export async function lockPending(
  tx: Tx,
  tenant_id: string,
  transaction_id: string,
): Promise<Transaction | undefined> {
  const found = await sql<Transaction>`
    select ${columns} from billing_transactions
    where tenant_id = ${tenant_id} and transaction_id = ${transaction_id} and status = 'pending'
    for no key update`.execute(tx);
  return found.rows[0];
}

/** Whether a transaction that reverses this one is still waiting for its payment. */
export async function hasPendingReversal(
  tx: Tx,
  tenant_id: string,
  transaction_id: string,
): Promise<boolean> {
  const found = await sql`
    select 1 from billing_transactions
    where tenant_id = ${tenant_id} and reverses_transaction_id = ${transaction_id} and status = 'pending' limit 1`.execute(
    tx,
  );
  return found.rows.length > 0;
}

/** What of a payment transactions of these statuses reverse, refunds above all, in minor units. */
export async function reversedCents(
  tx: Tx,
  { tenant_id, transaction_id }: Pick<Transaction, 'tenant_id' | 'transaction_id'>,
  statuses: readonly TransactionStatus[],
): Promise<bigint> {
  const found = await sql<{ cents: bigint }>`
    select coalesce(sum(amount_cents), 0)::bigint as cents from billing_transactions
    where tenant_id = ${tenant_id} and reverses_transaction_id = ${transaction_id}
      and status = any(${statuses}::text[])`.execute(tx);
  return found.rows[0]?.cents ?? 0n;
}

/** The tokens of all transactions of a type that still wait for their payment. */
export async function pendingTokens(tx: Tx, tenant_id: string, type: TransactionType): Promise<bigint> {
  const found = await sql<{ tokens: bigint }>`
    select coalesce(sum(tokens), 0)::bigint as tokens from billing_transactions
    where tenant_id = ${tenant_id} and type = ${type} and status = 'pending'`.execute(tx);
  return found.rows[0]?.tokens ?? 0n;
}

/** Whether a purchase that was begun for this reason still waits for its payment. */
export async function hasPendingPurchase(tx: Tx, tenant_id: string, reason: string): Promise<boolean> {
  const found = await sql`
    select 1 from billing_transactions
    where tenant_id = ${tenant_id} and status = 'pending' and type = 'token_purchase' and reason = ${reason} limit 1`.execute(
    tx,
  );
  return found.rows.length > 0;
}

/** Purchases of tokens that a tenant began in a stretch of time, `from` included and `to` excluded. */
export interface PurchaseSums {
  /** Paid or waiting for their payment, in minor units; those that an invoice asked for are left out. */
  purchased_cents: bigint;
  /** What of them was paid back since. */
  refunded_cents: bigint;
}

/** Sums a tenant's purchases of tokens; those of one reason where it is given. */
export async function sumPurchases(
  tx: Tx,
  tenant_id: string,
  { from, to, reason }: { from: Date; to: Date; reason?: string },
): Promise<PurchaseSums> {
  const found = await sql<PurchaseSums>`
    select coalesce(sum(amount_cents), 0)::bigint as purchased_cents, coalesce(sum(refunded), 0)::bigint as refunded_cents
    from billing_transactions bought cross join lateral (
      select sum(amount_cents) as refunded from billing_transactions back
      where back.tenant_id = bought.tenant_id and back.reverses_transaction_id = bought.transaction_id
        and back.type = 'refund' and back.status = 'settled') as back
    where tenant_id = ${tenant_id} and created_at >= ${from} and created_at < ${to} and type = 'token_purchase'
      and status in ('pending', 'settled') and invoice_id is null
      and (${reason ?? null}::text is null or reason = ${reason ?? null})`.execute(tx);
  return found.rows[0] ?? { purchased_cents: 0n, refunded_cents: 0n };
}
