import type { Clock } from '../clock/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import type { Transaction, TransactionType } from '../ledger/index.ts';
import type { Charge, Declined, PaymentProvider, PaymentResult } from '../payments/index.ts';

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
  /** Asks the provider, again where it was asked before; `now` is the tenant's time. Charges ask through askCharge(). */
  ask(
    payments: PaymentProvider | null,
    transaction: Transaction,
    signal: AbortSignal,
    now: Date,
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
  giveUp(tx: Tx, context: IntentContext, transaction: Transaction, declined: Declined): Promise<void>;
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

/** The kind of a transaction. Throws where no kind has its type. */
export function kindOf(kinds: IntentKinds, { type }: Pick<Transaction, 'type'>): IntentKind {
  const kind = kinds.get(type);
  if (kind === undefined) throw new Error(`there is no intent of kind ${type}`);
  return kind;
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

/** Asks for the charge that a transaction stands for; the `ask` of every kind that takes money. */
export async function askCharge(
  payments: PaymentProvider | null,
  transaction: Transaction,
  signal: AbortSignal,
  now: Date,
): Promise<PaymentResult> {
  return providerOf(payments, transaction).charge(chargeOf(transaction, now), signal);
}

/** The charge that a transaction stands for, the same each time but for its age. */
export function chargeOf(transaction: Transaction, now: Date): Charge {
  const { transaction_id: idempotency_key, tenant_id, amount_cents, currency } = transaction;
  const { payment_method, payment_customer, external_transaction_id } = transaction;
  return {
    idempotency_key,
    tenant_id,
    amount_cents,
    currency,
    payment_method,
    payment_customer,
    external_transaction_id,
    age_ms: ageOf(transaction, now),
  };
}

/** Asks for the money back that a transaction stands for; the `ask` of every kind that pays back. */
export async function askRepayment(
  payments: PaymentProvider | null,
  transaction: Transaction,
  signal: AbortSignal,
  now: Date,
): Promise<PaymentResult> {
  // A payment made elsewhere is paid back elsewhere.
  if (transaction.provider === null) return { status: 'succeeded', external_transaction_id: null };
  const { transaction_id: idempotency_key, tenant_id, amount_cents, currency } = transaction;
  const external_transaction_id = transaction.external_transaction_id ?? '';
  const age_ms = ageOf(transaction, now);
  const repayment = { idempotency_key, tenant_id, external_transaction_id, amount_cents, currency, age_ms };
  return providerOf(payments, transaction).repay(repayment, signal);
}

/** How long ago a transaction began, in milliseconds. */
export function ageOf(transaction: Transaction, now: Date): number {
  return now.getTime() - transaction.created_at.getTime();
}
