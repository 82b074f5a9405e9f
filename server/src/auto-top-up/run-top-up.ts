import {
  beginPurchase,
  bookContext,
  type EntryContext,
  quote,
  readBalance,
  type TokenServices,
} from '../ai-tokens/index.ts';
import type { Tx } from '../db/index.ts';
import type { NextDue, OwnHandler } from '../due-work/index.ts';
import { TallystickError } from '../errors/index.ts';
import { hasPendingPurchase } from '../ledger/index.ts';
import { type IntentKind, pursueIntent } from '../payment-intents/index.ts';
import { cardOf, hasAnotherCard, isFree, monthOf } from './settings.ts';
import {
  AUTO_TOP_UP,
  type AutoTopUpRow,
  clearPause,
  lockRow,
  noteAttempt,
  notePause,
  type PausedReason,
} from './store.ts';

/** After how long a purchase that was refused for another reason than the card is tried again, in milliseconds. */
const REFUSED_PAUSE_MS = 60 * 60 * 1000;

/** The refusals of a purchase that a pause is named after. */
const REFUSALS: readonly string[] = [
  'spend_cap_reached',
  'payment_method_missing',
  'payments_unavailable',
] satisfies PausedReason[];

/**
 * Buys tokens for a tenant whose balance is below its threshold: the purchase is committed as an intent, which counts
 * against the ceiling from then on, and the provider is asked after it. `intent` is what a purchase is, as
 * followAutoTopUps() made it. Fails with `payments_unavailable` where nothing is known; the intent is pursued by its job.
 */
export function autoTopUpHandler(services: TokenServices, intent: IntentKind): OwnHandler {
  return {
    kind: 'auto_top_up',
    runOwn: async ({ tenant_id }) => {
      const begun = await services.db.inTenant(tenant_id, (tx) => beginTopUp(tx, services, tenant_id));
      if (begun.transaction_id === undefined) return begun.again;
      await pursueIntent(services, intent, tenant_id, begun.transaction_id);
      // How it ended has put the next look on the schedule.
      return undefined;
    },
  };
}

type Begun = { transaction_id: string } | { transaction_id?: undefined; again: NextDue };

const NOTHING_TO_DO: Begun = { again: undefined };

/** Asks what is true now: any number of looks at a tenant begin one top-up, and none while one is being paid. */
async function beginTopUp(tx: Tx, services: TokenServices, tenant_id: string): Promise<Begun> {
  const context = bookContext(services, tenant_id);
  const { now } = context;
  const row = await lockRow(tx, tenant_id);
  if (row?.enabled !== true || (await hasPendingPurchase(tx, tenant_id, AUTO_TOP_UP))) return NOTHING_TO_DO;
  const card = await cardOf(tx, services.payments, tenant_id);
  if (!isFree(row, card, now)) return { again: row.paused_until ?? undefined };
  const { tokens_remaining } = await readBalance(tx, tenant_id, now);
  if (tokens_remaining >= row.threshold_tokens) return NOTHING_TO_DO;
  if (hasAnotherCard(row, card)) {
    await clearPause(tx, row);
    return await buy(tx, services, context, { ...row, declines: 0 }, card);
  }
  return await buy(tx, services, context, row, card);
}

async function buy(
  tx: Tx,
  services: TokenServices,
  context: EntryContext,
  row: AutoTopUpRow,
  card: string | null,
): Promise<Begun> {
  const { tenant_id, now } = context;
  const { declines } = row;
  const request = { tokens_to_purchase: Number(row.tokens_to_purchase) };
  try {
    const { amount_cents } = quote(services, request);
    const { spent_cents, ends_at } = await monthOf(tx, context);
    if (spent_cents + amount_cents > row.monthly_ceiling_cents) {
      await notePause(tx, tenant_id, {
        reason: 'ceiling_reached',
        until: ends_at,
        declines,
        failed_method: row.failed_method,
      });
      return { again: ends_at };
    }
    const transaction_id = context.newId(now);
    await beginPurchase(tx, context, services, request, { transaction_id, reason: AUTO_TOP_UP });
    await noteAttempt(tx, tenant_id, now);
    return { transaction_id };
  } catch (error) {
    if (!(error instanceof TallystickError)) throw error;
    const { code, detail } = error;
    const reason = REFUSALS.includes(code) ? (code as PausedReason) : 'purchase_refused';
    const until = new Date(now.getTime() + REFUSED_PAUSE_MS);
    const failure = { code, reason: detail, at: now };
    await notePause(tx, tenant_id, { reason, until, declines, failed_method: card, failure });
    return { again: until };
  }
}
