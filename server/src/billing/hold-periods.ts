import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { scheduleNew } from '../due-work/index.ts';
import { type BillingPeriod, calendarMonth, closesAt } from './period.ts';
import { periodColumns } from './read-periods.ts';

/** Whose usage is recorded, when, and from which time to which it is. */
export interface UsageSpan {
  tenant_id: string;
  now: Date;
  earliest: Date;
  latest: Date;
}

/** Periods that stay as they are until the transaction ends. */
export interface HeldPeriods {
  /** The period to stamp usage of a time with: its own where that is open, else the one that is open now. */
  periodOf(tenant_id: string, occurred_at: Date): string;
}

type Held = BillingPeriod & { tenant_id: string };

/**
 * Holds the periods that usage of each span may belong to, and makes those that are missing and not over. None of them
 * can be closed before the transaction ends, and one that is being closed is waited for. Spans of several tenants come in
 * the order of their ids, so that two batches never wait in a circle.
 */
export async function holdPeriods(
  tx: Tx,
  newId: (at: Date) => string,
  spans: readonly UsageSpan[],
): Promise<HeldPeriods> {
  let held = await shareOpenPeriods(tx, spans);
  const missing = spans.flatMap((span) => missingOf(span, held.get(span.tenant_id) ?? []));
  if (missing.length > 0) {
    await makePeriods(tx, newId, missing);
    held = await shareOpenPeriods(tx, spans);
  }
  const open_now = new Map<string, Held>();
  for (const { tenant_id, now } of spans) {
    const present = held.get(tenant_id)?.find((period) => contains(period, now));
    if (present === undefined) throw new Error('the present billing period is not open');
    open_now.set(tenant_id, present);
  }
  return {
    periodOf: (tenant_id, occurred_at) => {
      const period =
        held.get(tenant_id)?.find((one) => contains(one, occurred_at)) ?? open_now.get(tenant_id);
      if (period === undefined) throw new Error('no period of this tenant is held');
      return period.period_id;
    },
  };
}

function contains({ starts_at, ends_at }: Pick<BillingPeriod, 'starts_at' | 'ends_at'>, at: Date): boolean {
  return starts_at <= at && at < ends_at;
}

/** From the earlier of its first event and now to the later of its last event and now. */
function boundsOf({ now, earliest, latest }: UsageSpan): [from: Date, to: Date] {
  return [earliest < now ? earliest : now, latest > now ? latest : now];
}

/** The months of a span that are not over and have no open period. */
function missingOf(span: UsageSpan, held: readonly Held[]): MissingPeriod[] {
  const { tenant_id, now } = span;
  return monthsOf(...boundsOf(span))
    .filter(
      ({ starts_at, ends_at }) =>
        closesAt(ends_at) > now && !held.some((period) => contains(period, starts_at)),
    )
    .map((month) => ({ ...month, tenant_id, now }));
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

/** By tenant. One stretch of time for all: the open periods that one tenant's test clock adds are few and do no harm. */
async function shareOpenPeriods(tx: Tx, spans: readonly UsageSpan[]): Promise<Map<string, Held[]>> {
  const bounds = spans.map(boundsOf);
  const from = new Date(Math.min(...bounds.map(([earliest]) => earliest.getTime())));
  const to = new Date(Math.max(...bounds.map(([, latest]) => latest.getTime())));
  const found = await sql<Held>`
    select tenant_id, ${periodColumns} from billing_periods
    where tenant_id = any(${spans.map(({ tenant_id }) => tenant_id)}::uuid[])
      and ends_at > ${from} and starts_at <= ${to} and status = 'open'
    order by tenant_id, starts_at for share`.execute(tx);
  return Map.groupBy(found.rows, ({ tenant_id }) => tenant_id);
}

interface MissingPeriod extends Pick<BillingPeriod, 'starts_at' | 'ends_at'> {
  tenant_id: string;
  now: Date;
}

/** A twin that makes the same period at the same time is waited for, and its period is the one. */
async function makePeriods(
  tx: Tx,
  newId: (at: Date) => string,
  missing: readonly MissingPeriod[],
): Promise<void> {
  const made = await sql<{ tenant_id: string; period_id: string; ends_at: Date }>`
    insert into billing_periods (tenant_id, period_id, starts_at, ends_at, status, created_at)
    select tenant_id, period_id, starts_at, ends_at, 'open', created_at
    from unnest(${missing.map(({ tenant_id }) => tenant_id)}::uuid[], ${missing.map(({ now }) => newId(now))}::uuid[],
      ${missing.map(({ starts_at }) => starts_at)}::timestamptz[], ${missing.map(({ ends_at }) => ends_at)}::timestamptz[],
      ${missing.map(({ now }) => now)}::timestamptz[])
      as missing (tenant_id, period_id, starts_at, ends_at, created_at)
    on conflict (tenant_id, starts_at) do nothing returning tenant_id, period_id, ends_at`.execute(tx);
  const items = made.rows.map(({ tenant_id, period_id, ends_at }) => ({
    tenant_id,
    ref_id: period_id,
    next_due_at: closesAt(ends_at),
  }));
  await scheduleNew(tx, 'billing_period_close', items);
}
