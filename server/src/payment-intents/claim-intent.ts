import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import type { AsJson } from '../json/index.ts';
import { insertPendingTransaction, type NewTransaction } from '../ledger/index.ts';
import { claimKey, type OnceOnlyResult } from '../request-keys/index.ts';
import type { IntentContext } from './kind.ts';

/** How long an intent may stay open before the job asks the provider again, in milliseconds. */
const INTENT_PATIENCE_MS = 60_000;

/** The Idempotency-Key of a request, as the kernel read it. */
export interface HeaderKey {
  key: string;
  namespace: string;
  body_hash: Buffer;
}

/**
 * Binds an Idempotency-Key to a new intent, or finds what it is bound to: an answer to replay, or an intent to join.
 * `begin` writes the pending transaction, through openIntent(), in the same database transaction.
 */
export async function claimIntent<Answer>(
  tx: Tx,
  context: IntentContext,
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

/** Writes a pending transaction, and has the job look after it should nobody else end it. */
export async function openIntent(tx: Tx, context: IntentContext, row: NewTransaction): Promise<void> {
  const { tenant_id, now } = context;
  await insertPendingTransaction(tx, tenant_id, row);
  await schedule(tx, {
    tenant_id,
    kind: 'payment_intent',
    ref_id: row.transaction_id,
    next_due_at: new Date(now.getTime() + INTENT_PATIENCE_MS),
  });
}
