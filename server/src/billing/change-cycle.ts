import { sql } from 'kysely';
import { publishChange, type Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { type Cycle, cycleAt } from './cycle.ts';
import { insertPeriods } from './insert-periods.ts';
import { type BillingPeriod, closesAt } from './period.ts';
import { plannedPeriod } from './plan-periods.ts';
import { NO_SCHEDULE, periodColumns, readSchedules } from './read-periods.ts';

/** Whose periods change, when, and how ids are made. */
export interface CycleContext {
  tenant_id: string;
  now: Date;
  newId(at: Date): string;
}

/**
 * Lets a tenant's periods follow a cycle from now on: the period under way ends here and the first of the cycle begins.
 * Answers that one. A period that is cut keeps what it includes.
 */
export async function startCycle(tx: Tx, context: CycleContext, cycle: Cycle): Promise<BillingPeriod> {
  const { tenant_id, now } = context;
  await cutPeriod(tx, context);
  await sql`
    insert into billing_cycles (tenant_id, anchor_at, time_zone, created_at)
    values (${tenant_id}, ${cycle.anchor_at}, ${cycle.time_zone}, ${now})
    on conflict (tenant_id) do update set anchor_at = excluded.anchor_at, time_zone = excluded.time_zone`.execute(
    tx,
  );
  const { ends_at } = cycleAt(cycle, 'month', now);
  const ahead = await lockPeriodAhead(tx, context);
  // Somebody's clock is some minutes ahead, and the next month has been recorded into: it becomes the rest of this one.
  if (ahead !== undefined) await endPeriod(tx, tenant_id, ahead.period_id, ends_at);
  const until = ahead?.starts_at ?? ends_at;
  const begun = await beginPeriod(tx, context, until);
  // What has been recorded since made it already, by the cycle that there was.
  if (begun.ends_at.getTime() !== until.getTime()) await endPeriod(tx, tenant_id, begun.period_id, until);
  return { ...begun, ends_at: until };
}

/** Lets a tenant's periods be calendar months again, from now on: the period under way ends here. */
export async function endCycle(tx: Tx, context: CycleContext): Promise<void> {
  await cutPeriod(tx, context);
  await sql`delete from billing_cycles where tenant_id = ${context.tenant_id}`.execute(tx);
}

/** Makes the period that begins now, where the one before has just ended, and answers it. */
export async function beginPeriod(tx: Tx, context: CycleContext, ends_at: Date): Promise<BillingPeriod> {
  const { tenant_id, now } = context;
  const period_id = context.newId(now);
  const made = await insertPeriods(tx, [{ tenant_id, period_id, starts_at: now, ends_at, created_at: now }]);
  if (made === 1)
    return {
      period_id,
      starts_at: now,
      ends_at,
      status: 'open',
      included_calls: null,
      allowance_calls: null,
    };
  const found = await sql<BillingPeriod>`
    select ${periodColumns} from billing_periods where tenant_id = ${tenant_id} and starts_at = ${now}`.execute(
    tx,
  );
  const period = found.rows[0];
  if (period === undefined) throw new Error(`the period of ${tenant_id} that begins now is not there`);
  return period;
}

/** Ends the period under way now. Where none was recorded yet it gets a row, so that time stays without a gap. */
async function cutPeriod(tx: Tx, context: CycleContext): Promise<void> {
  const { tenant_id, now } = context;
  await publishChange(tx, { topic: 'billing_periods', tenant_id });
  const open = await lockPeriodAt(tx, tenant_id, now);
  if (open !== undefined) {
    if (open.starts_at < now) await endPeriod(tx, tenant_id, open.period_id, now);
    return;
  }
  const schedules = await readSchedules(tx, [tenant_id]);
  const { starts_at } = plannedPeriod(schedules.get(tenant_id) ?? NO_SCHEDULE, now);
  if (starts_at >= now) return;
  const period = { tenant_id, period_id: context.newId(now), starts_at, ends_at: now, created_at: now };
  const made = await insertPeriods(tx, [period]);
  // A twin recorded the first usage in between: now its period is there to be cut.
  if (made === 0) await cutPeriod(tx, context);
}

/** Waits for whoever records into the period. */
async function lockPeriodAt(tx: Tx, tenant_id: string, at: Date): Promise<BillingPeriod | undefined> {
  const found = await sql<BillingPeriod>`
    select ${periodColumns} from billing_periods
    where tenant_id = ${tenant_id} and starts_at <= ${at} and ends_at > ${at} and status = 'open' for update`.execute(
    tx,
  );
  return found.rows[0];
}

async function lockPeriodAhead(tx: Tx, { tenant_id, now }: CycleContext): Promise<BillingPeriod | undefined> {
  const found = await sql<BillingPeriod>`
    select ${periodColumns} from billing_periods
    where tenant_id = ${tenant_id} and starts_at > ${now} and status = 'open' order by starts_at limit 1 for update`.execute(
    tx,
  );
  return found.rows[0];
}

async function endPeriod(tx: Tx, tenant_id: string, period_id: string, now: Date): Promise<void> {
  await sql`
    update billing_periods set ends_at = ${now} where tenant_id = ${tenant_id} and period_id = ${period_id}`.execute(
    tx,
  );
  const next_due_at = closesAt(now);
  await schedule(tx, { tenant_id, kind: 'billing_period_close', ref_id: period_id, next_due_at });
}
