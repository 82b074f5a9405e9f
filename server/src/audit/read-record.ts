import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** A usage row as the audit reads it, with what its request key says of it. */
export interface RecordedUsage {
  usage_id: string;
  book_version: bigint;
  at: Date;
  tokens_used: bigint;
  shortfall_tokens: bigint;
  currency: string;
  recognised_cents: bigint;
  grant_ids: string[];
  grant_tokens: bigint[];
  grant_left_before: bigint[];
  grant_deferred_before_cents: bigint[];
  grant_recognised_cents: bigint[];
  request_id: string | null;
  hold_id: string | null;
  /** The usage that the request_id, or the hold, is bound to; null where nothing is. */
  bound_usage_id: string | null;
}

/** A settled transaction with its lines. */
export interface RecordedTransaction {
  transaction_id: string;
  book_version: bigint;
  at: Date;
  type: string;
  amount_cents: bigint;
  tokens: bigint;
  lines: RecordedLine[];
}

export interface RecordedLine {
  transaction_id: string;
  book_version: bigint;
  at: Date;
  debit_account: string;
  credit_account: string;
  asset: string;
  amount: bigint;
  grant_id: string | null;
}

/** The entries of a book whose version is above `after` and at most `upto`. */
export async function readUsage(
  tx: Tx,
  tenant_id: string,
  after: bigint,
  upto: bigint,
): Promise<RecordedUsage[]> {
  const rows = await sql<RecordedUsage>`
    select u.usage_id, u.book_version, u.occurred_at as at, u.tokens_used, u.shortfall_tokens, u.currency,
      u.recognised_cents, u.grant_ids, u.grant_tokens, u.grant_left_before, u.grant_deferred_before_cents,
      u.grant_recognised_cents, u.request_id, u.hold_id,
      coalesce(h.usage_id::text, k.ref_id::text, k.response ->> 'usage_id') as bound_usage_id
    from ai_token_usage u
    left join ai_token_holds h on h.tenant_id = u.tenant_id and h.hold_id = u.hold_id
    left join request_keys k on u.hold_id is null and k.tenant_id = u.tenant_id and k.namespace = 'usage' and k.key = u.request_id
    where u.tenant_id = ${tenant_id} and u.book_version > ${after} and u.book_version <= ${upto}
    order by u.book_version`.execute(tx);
  return rows.rows;
}

/** The settled transactions in that range of versions with their lines, and lines there that belong to none of them. */
export async function readTransactions(
  tx: Tx,
  tenant_id: string,
  after: bigint,
  upto: bigint,
): Promise<{ transactions: RecordedTransaction[]; strays: RecordedLine[] }> {
  const transactions = await sql<Omit<RecordedTransaction, 'lines'>>`
    select transaction_id, book_version, settled_at as at, type, amount_cents, tokens
    from billing_transactions
    where tenant_id = ${tenant_id} and book_version > ${after} and book_version <= ${upto}
    order by book_version`.execute(tx);
  const lines = await sql<RecordedLine>`
    select transaction_id, book_version, created_at as at, debit_account, credit_account, asset, amount, grant_id
    from transfers where tenant_id = ${tenant_id} and book_version > ${after} and book_version <= ${upto}`.execute(
    tx,
  );
  const byTransaction = new Map<string, RecordedLine[]>();
  for (const line of lines.rows) {
    const known = byTransaction.get(line.transaction_id);
    if (known) known.push(line);
    else byTransaction.set(line.transaction_id, [line]);
  }
  const settled = transactions.rows.map((transaction) => {
    const own = byTransaction.get(transaction.transaction_id) ?? [];
    byTransaction.delete(transaction.transaction_id);
    return { ...transaction, lines: own };
  });
  return { transactions: settled, strays: [...byTransaction.values()].flat() };
}
