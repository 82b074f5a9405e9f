import type { Tx } from '../db/index.ts';
import { unschedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { type AsJson, toJson } from '../json/index.ts';
import {
  failTransaction,
  findTransaction,
  type Line,
  settleTransaction,
  type Transaction,
  type TransactionType,
} from '../ledger/index.ts';
import { type PaymentProvider, type PaymentResult, withDeadline } from '../payments/index.ts';
import {
  claimKey,
  completeKey,
  httpKeyLifetimeMs,
  type KeyName,
  type OnceOnlyResult,
  releaseKey,
} from '../request-keys/index.ts';
import { type BookContext, bookContext, type TokenServices } from './context.ts';
import type { Book, Entry } from './plan/book.ts';
import { lockBook, saveBook } from './store.ts';

/** How long an intent may stay open before the job asks the provider again, in milliseconds. */
export const INTENT_PATIENCE_MS = 60_000;

/** The Idempotency-Key of a request, as the kernel read it. */
export interface HeaderKey {
  key: string;
  namespace: string;
  body_hash: Buffer;
}

/**
 * What money moved by a provider has in common. A pending transaction is the intent: it is committed before the
 * provider is asked under its id, and the result is committed after. Whoever repeats it, joins it.
 */
export interface IntentKind<Answer> {
  type: TransactionType;
  /** The namespace of the route's Idempotency-Keys. */
  namespace: string;
  ask(
    payments: PaymentProvider | null,
    transaction: Transaction,
    signal: AbortSignal,
  ): Promise<PaymentResult>;
  /** Changes the locked book for a payment that succeeded. */
  settle(book: Book, context: BookContext, transaction: Transaction): { entry: Entry; lines: Line[] };
  /** Takes back what the intent reserved in the locked book, where the provider refused. */
  giveUp(book: Book, context: BookContext, transaction: Transaction): void;
  answer(transaction: Transaction): Answer;
}

/** The provider that a transaction began with. Fails with `payments_unavailable` where this server has another or none. */
export function providerOf(payments: PaymentProvider | null, transaction: Transaction): PaymentProvider {
  if (payments !== null && payments.name === transaction.provider) return payments;
  return fail('payments_unavailable', `this server cannot ask "${transaction.provider}"`);
}

/**
 * Binds an Idempotency-Key to a new intent, or finds what it is bound to: an answer to replay, or an intent to join.
 * `begin` writes the pending transaction in the same database transaction.
 */
export async function claimIntent<Answer>(
  tx: Tx,
  context: BookContext,
  header: HeaderKey | undefined,
  begin: (transaction_id: string) => Promise<void>,
): Promise<{ transaction_id: string } | { answer: OnceOnlyResult<Answer> }> {
  const { tenant_id, now } = context;
  const transaction_id = context.newId(now);
  if (header) {
    const found = await claimKey(tx, {
      ...header,
      tenant_id,
      now,
      ref_id: transaction_id,
      reused_code: 'idempotency_key_reused',
    });
    if (found.state === 'completed') {
      return { answer: { replayed: true, status: found.status, body: found.body as AsJson<Answer> } };
    }
    if (found.state === 'in_flight') {
      return {
        transaction_id: found.ref_id ?? fail('request_in_flight', `"${header.key}" is still being worked on`),
      };
    }
  }
  await begin(transaction_id);
  return { transaction_id };
}

/** Asks the provider about a pending transaction and commits what it said. Fails with `payment_declined`, or with
 * `payments_unavailable` where nothing is known: the intent then stays open for a retry or the job. */
export async function runIntent<Answer>(
  services: TokenServices,
  kind: IntentKind<Answer>,
  tenant_id: string,
  transaction_id: string,
): Promise<OnceOnlyResult<Answer>> {
  const open = await services.db.inTenant(tenant_id, (tx) =>
    requireTransaction(tx, tenant_id, transaction_id),
  );
  let ended = { transaction: open, already: true };
  if (open.status === 'pending') {
    const result = await withDeadline(
      (signal) => kind.ask(services.payments, open, signal),
      services.payments?.deadline_ms,
    );
    ended = await services.db.inTenant(tenant_id, (tx) =>
      finishIntent(tx, bookContext(services, tenant_id), kind, transaction_id, result),
    );
  }
  const { transaction, already: replayed } = ended;
  if (transaction.status === 'failed')
    fail('payment_declined', transaction.failure_code ?? 'the payment provider refused');
  return { replayed, status: 201, body: toJson(kind.answer(transaction)) as AsJson<Answer> };
}

async function requireTransaction(tx: Tx, tenant_id: string, transaction_id: string): Promise<Transaction> {
  const found = await findTransaction(tx, tenant_id, transaction_id);
  return found ?? fail('not_found', `there is no transaction ${transaction_id}`);
}

/**
 * Commits the provider's word, once: under the book's lock, and only while the transaction is pending. `already` says
 * that somebody else had: of twins that asked together, one gave the first answer and the others repeat it.
 */
async function finishIntent<Answer>(
  tx: Tx,
  context: BookContext,
  kind: IntentKind<Answer>,
  transaction_id: string,
  result: PaymentResult,
): Promise<{ transaction: Transaction; already: boolean }> {
  const { tenant_id } = context;
  const book = await lockBook(tx, context);
  const transaction = await requireTransaction(tx, tenant_id, transaction_id);
  if (transaction.status !== 'pending') return { transaction, already: true };
  await unschedule(tx, tenant_id, 'payment_intent', transaction_id);
  const name =
    transaction.idempotency_key === null
      ? undefined
      : { tenant_id, namespace: kind.namespace, key: transaction.idempotency_key };
  if (result.status === 'declined') {
    kind.giveUp(book, context, transaction);
    await saveBook(tx, context, book);
    await failTransaction(tx, tenant_id, transaction_id, result.reason);
    if (name) await releaseKey(tx, name);
  } else {
    const { entry, lines } = kind.settle(book, context, transaction);
    await settleTransaction(
      tx,
      tenant_id,
      transaction_id,
      result.external_transaction_id,
      entry,
      lines,
      context.newId,
    );
    await saveBook(tx, context, book);
    if (name) await storeAnswer(tx, context, kind, name, transaction_id);
  }
  return { transaction: await requireTransaction(tx, tenant_id, transaction_id), already: false };
}

async function storeAnswer<Answer>(
  tx: Tx,
  context: BookContext,
  kind: IntentKind<Answer>,
  name: KeyName,
  transaction_id: string,
): Promise<void> {
  const settled = await requireTransaction(tx, name.tenant_id, transaction_id);
  await completeKey(tx, name, {
    status: 201,
    response_text: JSON.stringify(toJson(kind.answer(settled))),
    expires_at: new Date(context.now.getTime() + httpKeyLifetimeMs),
  });
}
