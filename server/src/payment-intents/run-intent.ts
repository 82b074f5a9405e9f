import type { Tx } from '../db/index.ts';
import { unschedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { type AsJson, toJson } from '../json/index.ts';
import { failTransaction, findTransaction, lockPending, type Transaction } from '../ledger/index.ts';
import { type PaymentResult, withDeadline } from '../payments/index.ts';
import {
  completeKey,
  httpKeyLifetimeMs,
  type KeyName,
  type OnceOnlyResult,
  releaseKey,
} from '../request-keys/index.ts';
import { type IntentContext, type IntentKind, type IntentServices, intentContext } from './kind.ts';

/** How an intent stands. `already` says that it had ended before: of twins that ask together, one ends it. */
export interface IntentOutcome {
  transaction: Transaction;
  already: boolean;
}

/**
 * Asks the provider about a pending transaction and answers for it as its route does. Fails with `payment_declined`, or with
 * `payments_unavailable` where nothing is known: the intent then stays open for a retry or the job.
 */
export async function runIntent<Answer>(
  services: IntentServices,
  kind: IntentKind<Answer>,
  tenant_id: string,
  transaction_id: string,
): Promise<OnceOnlyResult<Answer>> {
  const { transaction, already: replayed } = await pursueIntent(services, kind, tenant_id, transaction_id);
  if (transaction.status === 'failed')
    fail('payment_declined', transaction.failure_code ?? 'the payment provider refused');
  return { replayed, status: 201, body: toJson(kind.answer(transaction)) as AsJson<Answer> };
}

/**
 * Asks the provider about a transaction, unless it has ended, and commits what it said; a refusal is an end too. Fails
 * with `payments_unavailable` where nothing is known, and with `not_found`. For jobs, which answer nobody.
 */
export async function pursueIntent(
  services: IntentServices,
  kind: IntentKind,
  tenant_id: string,
  transaction_id: string,
): Promise<IntentOutcome> {
  const open = await services.db.inTenant(tenant_id, (tx) =>
    requireTransaction(tx, tenant_id, transaction_id),
  );
  if (open.status !== 'pending') return { transaction: open, already: true };
  const result = await withDeadline(
    (signal) => kind.ask(services.payments, open, signal),
    services.payments?.deadline_ms,
  );
  return finishIntent(services, kind, tenant_id, transaction_id, result);
}

/** Commits the provider's word about a transaction, once: only while it is pending, and under the lock of its row. */
export async function finishIntent(
  services: IntentServices,
  kind: IntentKind,
  tenant_id: string,
  transaction_id: string,
  result: PaymentResult,
): Promise<IntentOutcome> {
  return services.db.inTenant(tenant_id, async (tx) => {
    const transaction = await lockPending(tx, tenant_id, transaction_id);
    if (transaction === undefined) {
      return { transaction: await requireTransaction(tx, tenant_id, transaction_id), already: true };
    }
    await commitResult(tx, intentContext(services, tenant_id), kind, transaction, result);
    return { transaction: await requireTransaction(tx, tenant_id, transaction_id), already: false };
  });
}

async function commitResult(
  tx: Tx,
  context: IntentContext,
  kind: IntentKind,
  transaction: Transaction,
  result: PaymentResult,
): Promise<void> {
  const { tenant_id, transaction_id, idempotency_key: key } = transaction;
  const name = key === null ? undefined : { tenant_id, namespace: kind.namespace, key };
  if (result.status === 'declined') {
    await kind.giveUp(tx, context, transaction);
    await failTransaction(tx, tenant_id, transaction_id, result.reason);
    if (name) await releaseKey(tx, name);
  } else {
    await kind.settle(tx, context, transaction, result.external_transaction_id);
    if (name) await storeAnswer(tx, context, kind, name, transaction_id);
  }
  // Last, because whoever holds a book takes its due work after it.
  await unschedule(tx, tenant_id, 'payment_intent', transaction_id);
}

async function storeAnswer(
  tx: Tx,
  context: IntentContext,
  kind: IntentKind,
  name: KeyName,
  transaction_id: string,
): Promise<void> {
  const settled = await requireTransaction(tx, name.tenant_id, transaction_id);
  if (settled.status !== 'settled')
    throw new Error(`${kind.type} ${transaction_id} was to be settled and is ${settled.status}`);
  await completeKey(tx, name, {
    status: 201,
    response_text: JSON.stringify(toJson(kind.answer(settled))),
    expires_at: new Date(context.now.getTime() + httpKeyLifetimeMs),
  });
}

async function requireTransaction(tx: Tx, tenant_id: string, transaction_id: string): Promise<Transaction> {
  const found = await findTransaction(tx, tenant_id, transaction_id);
  return found ?? fail('not_found', `there is no transaction ${transaction_id}`);
}
