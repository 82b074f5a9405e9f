import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { ACCOUNT_NAMES, type AccountName, assetOf, type RevenueStream } from './chart.ts';

/** What an entry of the journal is about. */
export const TRANSACTION_TYPES = [
  'token_purchase',
  'token_grant',
  'token_expiry',
  'refund',
  'invoice',
  'invoice_payment',
  'invoice_refund',
  'invoice_void',
  'write_off',
  'revenue_recognition',
  'customer_credit',
  'dispute',
] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];
export type TransactionStatus = 'pending' | 'settled' | 'failed';

/** A row of `billing_transactions`. `amount_cents` is in the minor unit of `currency`. */
export interface Transaction {
  tenant_id: string;
  transaction_id: string;
  type: TransactionType;
  status: TransactionStatus;
  amount_cents: bigint;
  currency: string;
  tokens: bigint;
  book_version: bigint | null;
  provider: string | null;
  payment_method: string | null;
  /** The provider's name for who is charged. */
  payment_customer: string | null;
  external_transaction_id: string | null;
  idempotency_key: string | null;
  /** Which price a sale was made at. */
  price_version: string | null;
  reason: string | null;
  /** Stable, for programs; `failure_reason` says it in a sentence. */
  failure_code: string | null;
  failure_reason: string | null;
  /** Where the owner of the card confirms a payment that waits for it; null once it has ended. */
  action_url: string | null;
  reverses_transaction_id: string | null;
  /** The invoice that it is about. */
  invoice_id: string | null;
  /** tokens_remaining after the entry, once it is settled. */
  balance_after: bigint | null;
  created_at: Date;
  settled_at: Date | null;
}

/** What a caller says of a new transaction; what it leaves out is null or zero. */
export type NewTransaction = Pick<Transaction, 'transaction_id' | 'type' | 'currency' | 'created_at'> &
  Partial<
    Omit<
      Transaction,
      | 'tenant_id'
      | 'status'
      | 'book_version'
      | 'balance_after'
      | 'settled_at'
      | 'failure_code'
      | 'failure_reason'
      | 'action_url'
    >
  >;

/** One line of a transaction. `amount` is positive, in the asset's smallest unit. */
export interface Line {
  debit_account: AccountName;
  credit_account: AccountName;
  asset: string;
  amount: bigint;
  grant_id?: string;
  /** Of revenue: what earned it, where its accounts do not say so. */
  stream?: RevenueStream;
}

/** The version and time under which an entry is written, and the tokens remaining after it; all from the locked book. */
export interface EntryStamp {
  book_version: bigint;
  at: Date;
  balance_after: bigint;
  /** For when the entry counts, where that is before it is written: the end of a month whose revenue it books. */
  dated_at?: Date;
}

/** Opens every account of the chart for a new book. Doing it again changes nothing. */
export async function openAccounts(tx: Tx, tenant_id: string, currency: string, at: Date): Promise<void> {
  const assets = ACCOUNT_NAMES.map((account) => assetOf(account, currency));
  await sql`
    insert into accounts (tenant_id, account, asset, created_at)
    select ${tenant_id}::uuid, account, asset, ${at}::timestamptz
    from unnest(${ACCOUNT_NAMES}::text[], ${assets}::text[]) as new (account, asset)
    on conflict do nothing`.execute(tx);
}

/** Writes a transaction that waits for a payment. Its transfers come with `settleTransaction`. */
export async function insertPendingTransaction(
  tx: Tx,
  tenant_id: string,
  row: NewTransaction,
): Promise<void> {
  await transactionRow(tenant_id, row, null).execute(tx);
}

/** Writes a transaction that is settled from the start, with its lines, in one statement. */
export async function postTransaction(
  tx: Tx,
  tenant_id: string,
  row: NewTransaction,
  stamp: EntryStamp,
  lines: Line[],
  newId: (at: Date) => string,
): Promise<void> {
  const written = await sql`
    with entry as (${transactionRow(tenant_id, row, stamp)} returning transaction_id)
    ${transfersOfEntry(tenant_id, stamp, lines, newId)}`.execute(tx);
  requireAllWritten(tenant_id, stamp, lines, written.rows.length);
}

function transactionRow(
  tenant_id: string,
  row: NewTransaction,
  stamp: EntryStamp | null,
): RawBuilder<unknown> {
  return sql`
    insert into billing_transactions (tenant_id, transaction_id, type, status, amount_cents, currency, tokens,
      book_version, provider, payment_method, payment_customer, external_transaction_id, idempotency_key, price_version, reason,
      reverses_transaction_id, invoice_id, balance_after, created_at, settled_at)
    values (${tenant_id}, ${row.transaction_id}, ${row.type}, ${stamp ? 'settled' : 'pending'}, ${row.amount_cents ?? 0n},
      ${row.currency}, ${row.tokens ?? 0n}, ${stamp?.book_version ?? null}, ${row.provider ?? null},
      ${row.payment_method ?? null}, ${row.payment_customer ?? null}, ${row.external_transaction_id ?? null},
      ${row.idempotency_key ?? null}, ${row.price_version ?? null}, ${row.reason ?? null}, ${row.reverses_transaction_id ?? null}, ${row.invoice_id ?? null},
      ${stamp?.balance_after ?? null}, ${row.created_at}, ${stamp?.at ?? null})`;
}

/** Settles a pending transaction with its lines. False where it is not pending any more: then nothing was written. */
export async function settleTransaction(
  tx: Tx,
  tenant_id: string,
  transaction_id: string,
  external_transaction_id: string | null,
  stamp: EntryStamp,
  lines: Line[],
  newId: (at: Date) => string,
): Promise<boolean> {
  const settled = await sql<{ transfers: number }>`
    with entry as (
      update billing_transactions
      set status = 'settled', book_version = ${stamp.book_version}, settled_at = ${stamp.at},
          balance_after = ${stamp.balance_after}, action_url = null,
          external_transaction_id = coalesce(${external_transaction_id}, external_transaction_id)
      where tenant_id = ${tenant_id} and transaction_id = ${transaction_id} and status = 'pending'
      returning transaction_id
    ), moved as (
      ${transfersOfEntry(tenant_id, stamp, lines, newId)}
    )
    select (select count(*)::integer from moved) as transfers from entry`.execute(tx);
  const [entry] = settled.rows;
  if (entry !== undefined) requireAllWritten(tenant_id, stamp, lines, entry.transfers);
  return entry !== undefined;
}

/** Throws where SQL refused lines because their month is closed. */
function requireAllWritten(
  tenant_id: string,
  { at, dated_at = at }: EntryStamp,
  lines: Line[],
  written: number,
): void {
  if (written === lines.filter(({ amount }) => amount !== 0n).length) return;
  throw new Error(`an entry of ${tenant_id} is dated ${dated_at.toISOString()}, into a closed month`);
}

/** Keeps what a provider has said so far of a transaction that stays pending: its name there, and where it is confirmed. */
export async function noteProgress(
  tx: Tx,
  tenant_id: string,
  transaction_id: string,
  { external_transaction_id, action_url }: Pick<Transaction, 'external_transaction_id' | 'action_url'>,
): Promise<void> {
  await sql`
    update billing_transactions set external_transaction_id = ${external_transaction_id}, action_url = ${action_url}
    where tenant_id = ${tenant_id} and transaction_id = ${transaction_id} and status = 'pending'`.execute(tx);
}

/** Marks a pending transaction as failed; it never had transfers. False where it is not pending any more. */
export async function failTransaction(
  tx: Tx,
  tenant_id: string,
  transaction_id: string,
  { code, reason }: { code: string; reason: string },
): Promise<boolean> {
  const failed = await sql`
    update billing_transactions set status = 'failed', failure_code = ${code}, failure_reason = ${reason.slice(0, 500)}, action_url = null
    where tenant_id = ${tenant_id} and transaction_id = ${transaction_id} and status = 'pending'
    returning transaction_id`.execute(tx);
  return failed.rows.length > 0;
}

/**
 * The transfers of the transaction that the statement's `entry` has written; none where it has written none. SQL refuses
 * what is dated into a month that is closed, whoever stamped it.
 */
function transfersOfEntry(
  tenant_id: string,
  stamp: EntryStamp,
  lines: Line[],
  newId: (at: Date) => string,
): RawBuilder<unknown> {
  const rows = lines
    .filter((line) => line.amount !== 0n)
    .map((line) => ({ ...line, amount: line.amount.toString(), transfer_id: newId(stamp.at) }));
  const { at, book_version, dated_at } = stamp;
  return sql`
    insert into transfers (tenant_id, created_at, transfer_id, transaction_id, book_version, debit_account,
      credit_account, asset, amount, grant_id, dated_at, stream)
    select ${tenant_id}::uuid, ${at}::timestamptz, transfer_id, entry.transaction_id, ${book_version}::bigint,
      debit_account, credit_account, asset, amount, grant_id, ${dated_at ?? null}::timestamptz, stream
    from entry, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as line (transfer_id uuid, debit_account text,
      credit_account text, asset text, amount bigint, grant_id uuid, stream text)
    where ${dated_at ?? at}::timestamptz >= coalesce(
      (select closed_until from ai_token_balances where tenant_id = ${tenant_id}), '-infinity')
    returning 1`;
}
