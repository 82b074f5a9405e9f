import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { type BillingPeriod, calendarMonth, closesAt } from './period.ts';
import { periodColumns } from './read-periods.ts';

/** Who records usage, and when. */
export interface PeriodContext {
  tenant_id: string;
  now: Date;
  newId(at: Date): string;
}

/** Periods that stay as they are until the transaction ends. */
export interface HeldPeriods {
  /** The period to stamp usage of a time with: its own where that is open, else the one that is open now. */
  periodOf(occurred_at: Date): string;
}

/**
 * Holds the periods that usage from `earliest` to `latest` may belong to, and makes those that are missing and not over.
 * None of them can be closed before the transaction ends, and one that is being closed is waited for.
 */
export async function holdPeriods(
  tx: Tx,
  context: PeriodContext,
  earliest: Date,
  latest: Date,
): Promise<HeldPeriods> {
  const { now } = context;
  const from = earliest < now ? earliest : now;
  const to = latest > now ? latest : now;
  let held = await shareOpenPeriods(tx, context.tenant_id, from, to);
  const missing = monthsOf(from, to).filter(
    ({ starts_at, ends_at }) =>
      closesAt(ends_at) > now && !held.some((period) => contains(period, starts_at)),
  );
  if (missing.length > 0) {
    for (const month of missing) await makePeriod(tx, context, month);
    held = await shareOpenPeriods(tx, context.tenant_id, from, to);
  }
  const open_now = held.find((period) => contains(period, now));
  if (open_now === undefined) throw new Error('the present billing period is not open');
  return {
    periodOf: (occurred_at) => (held.find((period) => contains(period, occurred_at)) ?? open_now).period_id,
  };
}

function contains({ starts_at, ends_at }: Pick<BillingPeriod, 'starts_at' | 'ends_at'>, at: Date): boolean {
  return starts_at <= at && at < ends_at;
}

/** The calendar months that a stretch of time meets. */
function monthsOf(from: Date, to: Date): Pick<BillingPeriod, 'starts_at' | 'ends_at'>[] {
  const months = [calendarMonth(from)];
  for (let last = months[0]; last !== undefined && last.ends_at <= to; ) {
    last = calendarMonth(last.ends_at);
    months.push(last);
  }
  return months;
}

async function shareOpenPeriods(tx: Tx, tenant_id: string, from: Date, to: Date): Promise<BillingPeriod[]> {
  const found = await sql<BillingPeriod>`
    select ${periodColumns} from billing_periods
    where tenant_id = ${tenant_id} and ends_at > ${from} and starts_at <= ${to} and status = 'open'
    order by starts_at for share`.execute(tx);
  return found.rows;
}

/** A twin that makes the same period at the same time is waited for, and its period is the one. */
async function makePeriod(
  tx: Tx,
  { tenant_id, now, newId }: PeriodContext,
  { starts_at, ends_at }: Pick<BillingPeriod, 'starts_at' | 'ends_at'>,
): Promise<void> {
  const period_id = newId(now);
  const made = await sql`
    insert into billing_periods (tenant_id, period_id, starts_at, ends_at, status, created_at)
    values (${tenant_id}, ${period_id}, ${starts_at}, ${ends_at}, 'open', ${now})
    on conflict (tenant_id, starts_at) do nothing returning 1`.execute(tx);
  if (made.rows.length === 0) return;
  const kind = 'billing_period_close';
  await schedule(tx, { tenant_id, kind, ref_id: period_id, next_due_at: closesAt(ends_at) });
}
