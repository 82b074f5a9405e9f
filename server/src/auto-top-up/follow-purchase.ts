import { publishChange, type Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import type { Transaction } from '../ledger/index.ts';
import type { IntentContext, IntentKind } from '../payment-intents/index.ts';
import type { Declined } from '../payments/index.ts';
import { AUTO_TOP_UP, clearPause, DECLINES_MAX, lockRow, notePause } from './store.ts';

const HOUR_MS = 60 * 60 * 1000;
/** How long nothing is bought after the first decline and after the second, in milliseconds. */
const DECLINED_PAUSES_MS = [HOUR_MS, 24 * HOUR_MS] as const;

/**
 * A purchase that books what its end means for auto top-up, in the transaction of that end, whoever brings it about: the
 * job, the provider's news, the owner of the card. Purchases that somebody asked for pass through.
 */
export function followAutoTopUps<Answer>(purchase: IntentKind<Answer>): IntentKind<Answer> {
  return {
    ...purchase,
    settle: async (tx, context, transaction, external_transaction_id) => {
      if (transaction.reason === AUTO_TOP_UP) await notePaid(tx, context);
      await purchase.settle(tx, context, transaction, external_transaction_id);
    },
    giveUp: async (tx, context, transaction, declined) => {
      if (transaction.reason === AUTO_TOP_UP) await noteDeclined(tx, context, transaction, declined);
      await purchase.giveUp(tx, context, transaction, declined);
    },
  };
}

/** Once is not always enough, so the balance is looked at again. */
async function notePaid(tx: Tx, { tenant_id, now }: IntentContext): Promise<void> {
  const row = await lockRow(tx, tenant_id);
  if (row === undefined) return;
  await clearPause(tx, row);
  await publishChange(tx, { topic: 'auto_top_ups_paid', tenant_id });
  await schedule(tx, { tenant_id, kind: 'auto_top_up', ref_id: tenant_id, next_due_at: now });
}

async function noteDeclined(
  tx: Tx,
  { tenant_id, now }: IntentContext,
  { payment_method: failed_method }: Transaction,
  { decline_code: code, reason }: Declined,
): Promise<void> {
  const row = await lockRow(tx, tenant_id);
  if (row === undefined) return;
  const declines = Math.min(DECLINES_MAX, row.declines + 1);
  const pause_ms = DECLINED_PAUSES_MS[declines - 1];
  const until = pause_ms === undefined ? null : new Date(now.getTime() + pause_ms);
  await notePause(tx, tenant_id, {
    reason: until === null ? 'declined_three_times' : 'payment_declined',
    until,
    declines,
    failed_method,
    failure: { code, reason, at: now },
  });
  if (until !== null)
    await schedule(tx, { tenant_id, kind: 'auto_top_up', ref_id: tenant_id, next_due_at: until });
}
