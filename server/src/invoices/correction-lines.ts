import { callRating, markCorrectionsBilled, successfulCallsOf } from '../api-usage/index.ts';
import { lockRated, rateAgain } from '../billing/index.ts';
import { pinnedTier } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { correctedCallsLine } from './call-lines.ts';
import type { DraftLine } from './invoice.ts';

/** Whose bill it is. */
export interface BilledTenant {
  tenant_id: string;
  currency: string;
  time_zone: string;
}

/**
 * What corrections change of bills that were made before, as lines for the bill of `billed_period_id`: one for each
 * corrected period, at the terms that it was rated by when it was closed. From now on those corrections are billed, as are
 * those of the period itself, whose calls the bill counts as they are. The caller has locked that period.
 */
export async function correctionLines(
  tx: Tx,
  { tenant_id, currency, time_zone }: BilledTenant,
  billed_period_id: string,
  corrected_period_ids: readonly string[],
): Promise<DraftLine[]> {
  const others = corrected_period_ids.filter((period_id) => period_id !== billed_period_id);
  const corrected = await lockRated(tx, tenant_id, others);
  const lines: DraftLine[] = [];
  for (const { rating, rated_calls, ...period } of corrected) {
    // Counted after the lock: what was corrected until then is in it, and nothing more is until the bill is made.
    const calls = await successfulCallsOf(tx, tenant_id, period.period_id);
    const tier = await pinnedTier(tx, tenant_id, rating.tier);
    const terms = callRating(tier, currency, period.included_calls, rating.price_cents_per_1k);
    lines.push(...correctedCallsLine(terms, period, { rated_calls, calls }, billed_period_id, time_zone));
    await rateAgain(tx, tenant_id, period.period_id, calls);
  }
  const period_ids = corrected.map(({ period_id }) => period_id);
  await markCorrectionsBilled(tx, tenant_id, [...period_ids, billed_period_id], billed_period_id);
  return lines;
}
