import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { type BillingPeriod, closesAt } from './period.ts';
import { periodColumns } from './read-periods.ts';

/**
 * Locks a period whose hour of grace is over, so that nothing more is recorded in it. Answers when to come again where it
 * is too early; undefined where it is closed already, or there is none.
 */
export async function lockToClose(
  tx: Tx,
  tenant_id: string,
  period_id: string,
  now: Date,
): Promise<BillingPeriod | Date | undefined> {
  const found = await sql<BillingPeriod>`
    select ${periodColumns} from billing_periods
    where tenant_id = ${tenant_id} and period_id = ${period_id} for update`.execute(tx);
  const period = found.rows[0];
  if (period === undefined || period.status === 'closed') return undefined;
  return closesAt(period.ends_at) > now ? closesAt(period.ends_at) : period;
}

/** Closes a locked period and keeps what it included: its own allowance, else its tier's. Answers the closed period. */
export async function closePeriod(
  tx: Tx,
  tenant_id: string,
  period: BillingPeriod,
  tier: { included_api_calls: bigint | null },
  now: Date,
): Promise<BillingPeriod> {
  const included_calls = period.allowance_calls ?? tier.included_api_calls;
  await sql`
    update billing_periods set status = 'closed', included_calls = ${included_calls}, closed_at = ${now}
    where tenant_id = ${tenant_id} and period_id = ${period.period_id}`.execute(tx);
  return { ...period, status: 'closed', included_calls };
}
