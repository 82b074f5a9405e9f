import type { Clock } from '../clock/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import type { Transaction, TransactionType } from '../ledger/index.ts';
import type { PaymentProvider, PaymentResult } from '../payments/index.ts';

/** Whose intent it is, when, and how ids are made: what a kind needs beside the transaction. */
export interface IntentContext {
  tenant_id: string;
  now: Date;
  newId(at: Date): string;
}

/** What asking a provider between two transactions needs. */
export interface IntentServices {
  /** Transactions of one tenant are all it asks for. */
  db: Pick<Database, 'inTenant'>;
  clock: Clock;
  newId(at: Date): string;
  /** Null where payments are switched off. */
  payments: PaymentProvider | null;
}

/**
 * What a type of transaction does around its payment. A pending transaction is the intent: it is committed before the
 * provider is asked under its id, and the result is committed after. Whoever repeats it, joins it.
 */
export interface IntentKind<Answer = unknown> {
  type: TransactionType;
  /** The namespace of the Idempotency-Keys of the route that begins it. */
  namespace: string;
  ask(
    payments: PaymentProvider | null,
    transaction: Transaction,
    signal: AbortSignal,
  ): Promise<PaymentResult>;
  /**
   * Books a payment that succeeded: locks the book, changes it, posts the lines through settleTransaction() and saves.
   * The transaction is pending, and its row is locked before the book is.
   */
  settle(
    tx: Tx,
    context: IntentContext,
    transaction: Transaction,
    external_transaction_id: string | null,
  ): Promise<void>;
  /** Takes back what the intent reserved, where the provider refused; the transaction is marked as failed after it. */
  giveUp(tx: Tx, context: IntentContext, transaction: Transaction): Promise<void>;
  /** What the route answers for the settled transaction, the same whoever asks and when. */
  answer(transaction: Transaction): Answer;
}

/** The kinds that a server knows, each by its type. */
export type IntentKinds = ReadonlyMap<TransactionType, IntentKind>;

/** Puts kinds where whoever holds only a transaction finds them. Throws where a type has two. */
export function intentKinds(kinds: readonly IntentKind[]): IntentKinds {
  const by_type = new Map(kinds.map((kind) => [kind.type, kind]));
  if (by_type.size < kinds.length) throw new Error('a type of transaction has two kinds of intent');
  return by_type;
}

/** The context of one more transaction of a tenant, at the tenant's present time. */
export function intentContext(
  { clock, newId }: Pick<IntentServices, 'clock' | 'newId'>,
  tenant_id: string,
): IntentContext {
  return { tenant_id, now: clock.now(tenant_id), newId };
}

/** The provider that a transaction began with. Fails with `payments_unavailable` where this server has another or none. */
export function providerOf(payments: PaymentProvider | null, transaction: Transaction): PaymentProvider {
  if (payments !== null && payments.name === transaction.provider) return payments;
  return fail('payments_unavailable', `this server cannot ask "${transaction.provider}"`);
}
