import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { DueItem, NextDue } from '../due-work/index.ts';
import { tierOf } from '../catalog/index.ts';
import { type BillingPeriod, closesAt } from './period.ts';
import { periodColumns } from './read-periods.ts';

/** Closes the period of an item whose hour of grace is over, and keeps what its tier included; handles its due work. */
export async function closeDuePeriod(tx: Tx, { tenant_id, ref_id }: DueItem, now: Date): Promise<NextDue> {
  const found = await sql<BillingPeriod>`
    select ${periodColumns} from billing_periods
    where tenant_id = ${tenant_id} and period_id = ${ref_id} for update`.execute(tx);
  const period = found.rows[0];
  if (period === undefined || period.status === 'closed') return undefined;
  if (closesAt(period.ends_at) > now) return closesAt(period.ends_at);
  const included_calls = (await tierOf(tx, tenant_id)).included_api_calls;
  await sql`
    update billing_periods set status = 'closed', included_calls = ${included_calls}, closed_at = ${now}
    where tenant_id = ${tenant_id} and period_id = ${ref_id}`.execute(tx);
  return undefined;
}
