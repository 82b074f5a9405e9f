import type { Tx } from '../db/index.ts';
import { schedule, unschedule } from '../due-work/index.ts';
import { queueEmail } from '../email/index.ts';
import { fail } from '../errors/index.ts';
import { type AsJson, toJson } from '../json/index.ts';
import {
  failTransaction,
  findTransaction,
  lockPending,
  noteProgress,
  type Transaction,
} from '../ledger/index.ts';
import { type Declined, type PaymentResult, withDeadline } from '../payments/index.ts';
import {
  completeKey,
  httpKeyLifetimeMs,
  type KeyName,
  type OnceOnlyResult,
  releaseKey,
} from '../request-keys/index.ts';
import {
  ageOf,
  chargeOf,
  type IntentContext,
  type IntentKind,
  type IntentServices,
  intentContext,
  providerOf,
} from './kind.ts';

/** How long a payment may wait for the owner of the card, in milliseconds; then it is given up. */
const ACTION_PATIENCE_MS = 24 * 60 * 60 * 1000;
/** How often a payment that waits is asked about, should its news be lost, in milliseconds. */
const WAITING_PAUSE_MS = 60 * 60 * 1000;

/**
 * How an intent stands: the transaction is pending where the provider, or the owner of the card at its `action_url`, is
 * waited for. `already` says that it had ended before: of twins that ask together, one ends it.
 */
export interface IntentOutcome {
  transaction: Transaction;
  already: boolean;
}

/**
 * Asks the provider about a pending transaction and answers for it as its route does. Fails with `payment_declined`,
 * with `payment_action_required` or `transaction_pending` where somebody is waited for, or with `payments_unavailable`
 * where nothing is known: in these the intent stays open for a retry, the provider's news or the job.
 */
export async function runIntent<Answer>(
  services: IntentServices,
  kind: IntentKind<Answer>,
  tenant_id: string,
  transaction_id: string,
): Promise<OnceOnlyResult<Answer>> {
  const { transaction, already: replayed } = await pursueIntent(services, kind, tenant_id, transaction_id);
  if (transaction.status !== 'settled') failUnsettled(transaction);
  return { replayed, status: 201, body: toJson(kind.answer(transaction)) as AsJson<Answer> };
}

/** Says why a transaction is not settled: it was declined, or somebody is waited for. */
export function failUnsettled(transaction: Transaction): never {
  const { transaction_id, action_url, failure_code: decline_code, failure_reason } = transaction;
  if (transaction.status === 'failed') {
    const extra = { decline_code, transaction_id };
    fail('payment_declined', failure_reason ?? 'the payment provider refused', extra);
  }
  if (action_url !== null) {
    const extra = { action_url, transaction_id };
    fail('payment_action_required', 'the owner of the card has to confirm the payment at action_url', extra);
  }
  fail('transaction_pending', `the payment provider has not said yet how ${transaction_id} ends`);
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
  const now = services.clock.now(tenant_id);
  const deadline_ms = services.payments?.deadline_ms;
  let result = await withDeadline((signal) => kind.ask(services.payments, open, signal, now), deadline_ms);
  if (result.status === 'action_required' && ageOf(open, now) >= ACTION_PATIENCE_MS) {
    const { external_transaction_id } = result;
    const charge = { ...chargeOf(open, now), external_transaction_id };
    const abandon = (signal: AbortSignal) => providerOf(services.payments, open).abandon(charge, signal);
    result = await withDeadline(abandon, deadline_ms);
  }
  return services.db.inTenant(tenant_id, (tx) => commitResult(tx, services, kind, open, result));
}

/**
 * Commits a provider's word about a transaction, in the caller's database transaction; what ends it, once: only while it
 * is pending, and under the lock of its row. Fails with `not_found`.
 */
export async function commitResult(
  tx: Tx,
  services: Pick<IntentServices, 'clock' | 'newId' | 'payments'>,
  kind: IntentKind,
  name: Pick<Transaction, 'tenant_id' | 'transaction_id'>,
  result: PaymentResult,
): Promise<IntentOutcome> {
  const { tenant_id, transaction_id } = name;
  const transaction = await lockPending(tx, tenant_id, transaction_id);
  if (transaction === undefined) {
    return { transaction: await requireTransaction(tx, tenant_id, transaction_id), already: true };
  }
  const context = intentContext(services, tenant_id);
  if (result.status === 'succeeded') {
    await settle(tx, context, kind, transaction, result.external_transaction_id);
    await services.payments?.afterCharge?.(tx, transaction, context.now);
  } else if (result.status === 'declined') await giveUp(tx, context, kind, transaction, result);
  else await keepWaiting(tx, context, transaction, result);
  return { transaction: await requireTransaction(tx, tenant_id, transaction_id), already: false };
}

async function settle(
  tx: Tx,
  context: IntentContext,
  kind: IntentKind,
  transaction: Transaction,
  external_transaction_id: string | null,
): Promise<void> {
  await kind.settle(tx, context, transaction, external_transaction_id);
  const name = keyOf(kind, transaction);
  if (name) await storeAnswer(tx, context, kind, name, transaction.transaction_id);
  await takeOffSchedule(tx, transaction);
}

async function giveUp(
  tx: Tx,
  context: IntentContext,
  kind: IntentKind,
  transaction: Transaction,
  declined: Declined,
): Promise<void> {
  const { tenant_id, transaction_id } = transaction;
  const { decline_code: code, reason } = declined;
  await kind.giveUp(tx, context, transaction, declined);
  await failTransaction(tx, tenant_id, transaction_id, { code, reason });
  const name = keyOf(kind, transaction);
  if (name) await releaseKey(tx, name);
  await takeOffSchedule(tx, transaction);
}

async function keepWaiting(
  tx: Tx,
  context: IntentContext,
  { tenant_id, transaction_id: ref_id, amount_cents: cents, currency }: Transaction,
  result: Extract<PaymentResult, { status: 'action_required' | 'processing' }>,
): Promise<void> {
  const { external_transaction_id } = result;
  const action_url = result.status === 'action_required' ? result.action_url : null;
  await noteProgress(tx, tenant_id, ref_id, { external_transaction_id, action_url });
  const next_due_at = new Date(context.now.getTime() + WAITING_PAUSE_MS);
  await schedule(tx, { tenant_id, kind: 'payment_intent', ref_id, next_due_at });
  if (action_url === null) return;
  await queueEmail(tx, context, {
    kind: 'payment_needs_confirmation',
    source_key: `payment_needs_confirmation:${ref_id}`,
    facts: { amount: { cents, currency }, action_url },
  });
}

/** The Idempotency-Key that a transaction was begun with. */
function keyOf(kind: IntentKind, { tenant_id, idempotency_key: key }: Transaction): KeyName | undefined {
  return key === null ? undefined : { tenant_id, namespace: kind.namespace, key };
}

/** Done last, because whoever holds a book takes its due work after it. */
async function takeOffSchedule(tx: Tx, { tenant_id, transaction_id }: Transaction): Promise<void> {
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
