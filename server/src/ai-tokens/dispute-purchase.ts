import type { Tx } from '../db/index.ts';
import {
  failTransaction,
  insertPendingTransaction,
  type Line,
  settleTransaction,
  type Transaction,
} from '../ledger/index.ts';
import type { EntryContext } from './context.ts';
import { refundLines } from './lines.ts';
import { type Book, type Entry, type Grant, stampEntry } from './plan/book.ts';
import { refundableOf } from './plan/deferred.ts';
import { expireGrants } from './plan/expire.ts';
import { refundGrant, tokensForRefund } from './plan/grants.ts';
import { freePins, pinTokens } from './plan/pins.ts';
import { lockBook, saveBook } from './store.ts';

/**
 * Begins to take a disputed payment back: a pending transaction that reverses it. Where tokens were sold, those that are
 * left, in proportion to the amount, are pinned until the dispute is over, so that nobody uses what may not be paid.
 * Answers how many cents of the price they stand for.
 */
export async function secureDisputed(
  tx: Tx,
  context: EntryContext,
  payment: Transaction,
  dispute: { transaction_id: string; amount_cents: bigint; external_id: string; reason: string },
): Promise<bigint> {
  const { tenant_id, now } = context;
  const { transaction_id, amount_cents, external_id: external_transaction_id, reason } = dispute;
  const book = await lockBook(tx, context);
  expireGrants(book, now);
  const { grant, secured_cents, tokens } = leftOfPayment(book, payment, amount_cents);
  if (grant) pinTokens(book, [{ grant_id: grant.grant_id, tokens }]);
  const { at: created_at } = stampEntry(book, now);
  await saveBook(tx, context, book);
  const { transaction_id: reverses_transaction_id, invoice_id, currency, provider } = payment;
  await insertPendingTransaction(tx, tenant_id, {
    transaction_id,
    type: 'dispute',
    reverses_transaction_id,
    invoice_id,
    amount_cents,
    currency,
    tokens,
    provider,
    external_transaction_id,
    reason,
    created_at,
  });
  return secured_cents;
}

function leftOfPayment(
  book: Book,
  payment: Transaction,
  amount_cents: bigint,
): { grant: Grant | undefined; secured_cents: bigint; tokens: bigint } {
  const grant = book.grants.find((open) => open.transaction_id === payment.transaction_id);
  const refundable = grant ? refundableOf(grant) : 0n;
  const secured_cents = amount_cents < refundable ? amount_cents : refundable;
  const tokens = grant && secured_cents > 0n ? tokensForRefund(grant, secured_cents) : 0n;
  // An odd cent without a token is lost with what was used.
  return tokens > 0n ? { grant, secured_cents, tokens } : { grant: undefined, secured_cents: 0n, tokens };
}

/**
 * Takes a disputed payment back: what its pinned tokens stand for out of deferred revenue, and the rest, which was
 * earned and is not paid after all, is written off.
 */
export async function loseDisputed(
  tx: Tx,
  context: EntryContext,
  reversal: Transaction,
  secured_cents: bigint,
): Promise<void> {
  const { tenant_id, transaction_id, amount_cents, currency } = reversal;
  const book = await lockBook(tx, context);
  const { entry, lines } = takeBackPinned(book, context, reversal, secured_cents);
  const loss: Line = {
    debit_account: 'written_off',
    credit_account: 'cash',
    asset: currency,
    amount: amount_cents - secured_cents,
  };
  await settleTransaction(tx, tenant_id, transaction_id, null, entry, [...lines, loss], context.newId);
  await saveBook(tx, context, book);
}

function takeBackPinned(
  book: Book,
  { now }: EntryContext,
  reversal: Transaction,
  secured_cents: bigint,
): { entry: Entry; lines: Line[] } {
  const { tokens } = reversal;
  if (tokens === 0n) return { entry: stampEntry(book, now), lines: [] };
  const grant = disputedGrant(book, reversal);
  const entry = refundGrant(book, grant, { grant_id: grant.grant_id, tokens }, secured_cents, now);
  return { entry, lines: refundLines(grant, tokens, secured_cents, entry) };
}

/** Frees the tokens of a payment whose dispute was won; it stands as it was made. */
export async function winDisputed(tx: Tx, context: EntryContext, reversal: Transaction): Promise<void> {
  const { tenant_id, transaction_id, tokens } = reversal;
  const book = await lockBook(tx, context);
  if (tokens > 0n) freePins(book, [{ grant_id: disputedGrant(book, reversal).grant_id, tokens }]);
  expireGrants(book, context.now);
  stampEntry(book, context.now);
  await saveBook(tx, context, book);
  await failTransaction(tx, tenant_id, transaction_id, {
    code: 'dispute_won',
    reason: 'the dispute was won',
  });
}

function disputedGrant(book: Book, { reverses_transaction_id }: Transaction): Grant {
  const grant = book.grants.find((open) => open.transaction_id === reverses_transaction_id);
  if (grant) return grant;
  throw new Error(`book of ${book.tenant_id}: the grant of ${reverses_transaction_id} is not open`);
}
