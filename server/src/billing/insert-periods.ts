import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { scheduleNew } from '../due-work/index.ts';
import { type BillingPeriod, closesAt } from './period.ts';

/** An open period to make. */
export interface NewPeriod extends Pick<BillingPeriod, 'period_id' | 'starts_at' | 'ends_at'> {
  tenant_id: string;
  created_at: Date;
}

/**
 * Makes periods, with their place on the schedule. A twin that makes the same period at the same time is waited for, and
 * its period is the one. Answers how many are new.
 */
export async function insertPeriods(tx: Tx, periods: readonly NewPeriod[]): Promise<number> {
  if (periods.length === 0) return 0;
  const column = <Name extends keyof NewPeriod>(name: Name) => periods.map((period) => period[name]);
  const made = await sql<{ tenant_id: string; period_id: string; ends_at: Date }>`
    insert into billing_periods (tenant_id, period_id, starts_at, ends_at, status, created_at)
    select tenant_id, period_id, starts_at, ends_at, 'open', created_at
    from unnest(${column('tenant_id')}::uuid[], ${column('period_id')}::uuid[], ${column('starts_at')}::timestamptz[],
      ${column('ends_at')}::timestamptz[], ${column('created_at')}::timestamptz[])
      as missing (tenant_id, period_id, starts_at, ends_at, created_at)
    on conflict (tenant_id, starts_at) do nothing returning tenant_id, period_id, ends_at`.execute(tx);
  const items = made.rows.map(({ tenant_id, period_id, ends_at }) => ({
    tenant_id,
    ref_id: period_id,
    next_due_at: closesAt(ends_at),
  }));
  await scheduleNew(tx, 'billing_period_close', items);
  return made.rows.length;
}
