import { sql } from 'kysely';
import { callRating, type PeriodUsage, periodUsage } from '../api-usage/index.ts';
import { type BillingPeriod, ratePeriod } from '../billing/index.ts';
import { readBillingDetails } from '../billing-details/index.ts';
import { type SubscriptionTier, tierOf } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { priceOf } from '../money/index.ts';
import { apiCallsLine, lateCallsLine } from './call-lines.ts';
import { correctionLines } from './correction-lines.ts';
import { featureLines } from './feature-lines.ts';
import type { DraftLine } from './invoice.ts';

/** What 1,000 of each cost where no tier says another price: plain decimals in minor units. */
export interface UsagePriceDefaults {
  api_price_cents_per_1k: string;
  token_price_cents_per_1k: string;
}

/**
 * What a period that is being closed comes to, as lines: API calls beyond what it included, late ones apart; what was
 * corrected of earlier bills; metered features; and tokens that are still owed. Keeps what the period was rated by. The
 * tenant's tier is read where the caller does not have it.
 */
export async function usageLines(
  tx: Tx,
  tenant: { tenant_id: string; currency: string; tier?: SubscriptionTier },
  period: BillingPeriod,
  defaults: UsagePriceDefaults,
): Promise<DraftLine[]> {
  const tier = tenant.tier ?? (await tierOf(tx, tenant.tenant_id));
  const usage = await periodUsage(tx, tenant.tenant_id, period);
  const shortfall = await openShortfall(tx, tenant.tenant_id);
  return [
    ...(await callLines(tx, tenant, tier, period, usage, defaults)),
    ...(await featureLines(tx, tenant, period)),
    ...shortfallLine(period, shortfall, defaults),
  ];
}

async function callLines(
  tx: Tx,
  { tenant_id, currency }: { tenant_id: string; currency: string },
  tier: SubscriptionTier,
  period: BillingPeriod,
  usage: PeriodUsage,
  { api_price_cents_per_1k: price_cents_per_1k }: UsagePriceDefaults,
): Promise<DraftLine[]> {
  const { period_id, included_calls } = period;
  const { calls, late_calls, corrected_period_ids } = usage;
  await ratePeriod(tx, tenant_id, period_id, calls, { tier, price_cents_per_1k });
  const rating = callRating(tier, currency, included_calls, price_cents_per_1k);
  const on_time = apiCallsLine(rating, period, calls - late_calls);
  // Nearly always nothing is late and nothing was corrected.
  if (late_calls === 0n && corrected_period_ids.length === 0) return on_time;
  const { time_zone } = await readBillingDetails(tx, tenant_id);
  return [
    ...on_time,
    ...lateCallsLine(rating, period, usage, time_zone),
    ...(await correctionLines(tx, { tenant_id, currency, time_zone }, period_id, corrected_period_ids)),
  ];
}

/** Tokens that were used beyond what was there: paying the line repays them. */
function shortfallLine(
  { starts_at, ends_at, period_id }: BillingPeriod,
  tokens: bigint,
  { token_price_cents_per_1k }: UsagePriceDefaults,
): DraftLine[] {
  if (tokens <= 0n) return [];
  const { cents: amount_cents } = priceOf(tokens, token_price_cents_per_1k);
  return [
    {
      kind: 'token_shortfall',
      description: 'AI tokens used beyond the balance',
      quantity: tokens,
      amount_cents,
      starts_at,
      ends_at,
      // Until it is paid, for that is when the tokens are sold.
      deferred: true,
      source_key: `token_shortfall:${period_id}`,
      explanation: {
        tokens: Number(tokens),
        price_version: `default:${token_price_cents_per_1k}_cents_per_1k`,
      },
    },
  ];
}

/** What a tenant owes in tokens, less what open invoices ask for already. */
async function openShortfall(tx: Tx, tenant_id: string): Promise<bigint> {
  const found = await sql<{ tokens: bigint }>`
    select coalesce((select tokens_shortfall from ai_token_balances where tenant_id = ${tenant_id}), 0)
      - coalesce((select sum(line.quantity) from invoice_lines line
          join invoices i on i.tenant_id = line.tenant_id and i.invoice_id = line.invoice_id
          where line.tenant_id = ${tenant_id} and line.kind = 'token_shortfall'
            and i.status in ('draft', 'finalized', 'uncollectible')), 0)::bigint as tokens`.execute(tx);
  return found.rows[0]?.tokens ?? 0n;
}
