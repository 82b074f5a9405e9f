import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { BillingPeriod } from './period.ts';
import { type PeriodSchedule, plannedPeriod } from './plan-periods.ts';

/** The columns of a BillingPeriod. */
export const periodColumns = sql`period_id, starts_at, ends_at, status, included_calls, allowance_calls`;

/** Of a tenant that has neither a period nor a subscription. */
export const NO_SCHEDULE: PeriodSchedule = {
  cycle: undefined,
  covered_until: undefined,
  closed_until: undefined,
};

/** The schedules of tenants; one that has none is left out. */
export async function readSchedules(
  tx: Tx,
  tenant_ids: readonly string[],
): Promise<Map<string, PeriodSchedule>> {
  const found = await sql<{
    tenant_id: string;
    anchor_at: Date | null;
    time_zone: string | null;
    covered_until: Date | null;
    closed_until: Date | null;
  }>`
    select tenant_id, anchor_at, time_zone,
      (select max(ends_at) from billing_periods p where p.tenant_id = asked.tenant_id) as covered_until,
      (select max(ends_at) from billing_periods p where p.tenant_id = asked.tenant_id and status = 'closed') as closed_until
    from unnest(${tenant_ids}::uuid[]) as asked (tenant_id) left join billing_cycles using (tenant_id)`.execute(
    tx,
  );
  return new Map(
    found.rows.map(({ tenant_id, anchor_at, time_zone, covered_until, closed_until }) => [
      tenant_id,
      {
        cycle: anchor_at === null || time_zone === null ? undefined : { anchor_at, time_zone },
        covered_until: covered_until ?? undefined,
        closed_until: closed_until ?? undefined,
      },
    ]),
  );
}

/** A period that is there, or the stretch of time of one that is not yet. */
export type PresentPeriod = Pick<BillingPeriod, 'starts_at' | 'ends_at' | 'allowance_calls'> & {
  period_id: string | undefined;
};

/** The period that a time lies in. It has no `period_id` where nothing has been recorded in it yet. */
export async function currentPeriod(tx: Tx, tenant_id: string, now: Date): Promise<PresentPeriod> {
  const found = await sql<BillingPeriod>`
    select ${periodColumns} from billing_periods
    where tenant_id = ${tenant_id} and starts_at <= ${now} and ends_at > ${now}`.execute(tx);
  if (found.rows[0] !== undefined) return found.rows[0];
  const schedules = await readSchedules(tx, [tenant_id]);
  const planned = plannedPeriod(schedules.get(tenant_id) ?? NO_SCHEDULE, now);
  return { ...planned, period_id: undefined, allowance_calls: null };
}
