import { sql } from 'kysely';
import { tierOf } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { type BillingPeriod, closesAt } from './period.ts';
import { periodColumns } from './read-periods.ts';

/**
 * Closes a period whose hour of grace is over, and keeps what it included. Answers the closed period; when to come again
 * where it is too early; or undefined where it is closed already, or there is none.
 */
export async function closePeriod(
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
  if (closesAt(period.ends_at) > now) return closesAt(period.ends_at);
  const included_calls = period.allowance_calls ?? (await tierOf(tx, tenant_id)).included_api_calls;
  await sql`
    update billing_periods set status = 'closed', included_calls = ${included_calls}, closed_at = ${now}
    where tenant_id = ${tenant_id} and period_id = ${period_id}`.execute(tx);
  return { ...period, status: 'closed', included_calls };
}
