import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { insertPeriods } from './insert-periods.ts';
import type { BillingPeriod } from './period.ts';
import { missingPeriods } from './plan-periods.ts';
import { NO_SCHEDULE, periodColumns, readSchedules } from './read-periods.ts';

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
  let nows = new Map(spans.map(({ tenant_id, now }) => [tenant_id, now]));
  const lacking = spans.filter((span) => !isCovered(span, held.get(span.tenant_id) ?? []));
  if (lacking.length > 0) {
    const made = await makeMissing(tx, newId, lacking);
    nows = new Map([...nows, ...made.map(({ tenant_id, now }) => [tenant_id, now] as const)]);
    held = await shareOpenPeriods(tx, [...spans, ...made]);
  }
  const open_now = new Map<string, Held>();
  for (const [tenant_id, now] of nows) {
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

/** Whether now and what lies ahead have a period. What lies behind got its period with now's. */
function isCovered({ now, latest }: UsageSpan, held: readonly Held[]): boolean {
  return [now, latest > now ? latest : now].every((at) => held.some((period) => contains(period, at)));
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

/**
 * Adds the periods that are missing. The last period of each is held meanwhile, so that nobody cuts it and begins another
 * cycle there; the schedule is read after that, in a statement of its own. Answers the spans as they count: where a clock
 * has stepped back into what is closed, now is where that ends.
 */
async function makeMissing(
  tx: Tx,
  newId: (at: Date) => string,
  lacking: readonly UsageSpan[],
): Promise<UsageSpan[]> {
  const tenant_ids = lacking.map(({ tenant_id }) => tenant_id);
  await sql`
    select 1 from billing_periods p
    where (tenant_id, starts_at) in (select tenant_id, max(starts_at) from billing_periods
      where tenant_id = any(${tenant_ids}::uuid[]) group by tenant_id)
    order by tenant_id for share`.execute(tx);
  const schedules = await readSchedules(tx, tenant_ids);
  const counted = lacking.map((span) => {
    const { closed_until = span.now } = schedules.get(span.tenant_id) ?? NO_SCHEDULE;
    return closed_until > span.now ? { ...span, now: closed_until } : span;
  });
  const missing = counted.flatMap(({ tenant_id, now, latest }) =>
    missingPeriods(schedules.get(tenant_id) ?? NO_SCHEDULE, now, latest).map((span) => ({
      ...span,
      tenant_id,
      period_id: newId(now),
      created_at: now,
    })),
  );
  await insertPeriods(tx, missing);
  return counted;
}
