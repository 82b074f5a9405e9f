import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { type BillingPeriod, calendarMonth } from './period.ts';

/** The columns of a BillingPeriod. */
export const periodColumns = sql`period_id, starts_at, ends_at, status, included_calls`;

/** The period that a time lies in. It has no `period_id` where nothing has been recorded in it yet. */
export async function currentPeriod(
  tx: Tx,
  tenant_id: string,
  now: Date,
): Promise<Pick<BillingPeriod, 'starts_at' | 'ends_at'> & { period_id: string | undefined }> {
  const found = await sql<BillingPeriod>`
    select ${periodColumns} from billing_periods
    where tenant_id = ${tenant_id} and starts_at <= ${now} and ends_at > ${now}`.execute(tx);
  return found.rows[0] ?? { ...calendarMonth(now), period_id: undefined };
}
