import { sql } from 'kysely';
import type { OffsetClock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import type { DueItem } from './schedule.ts';

/**
 * Up to when items count as due: `own` for the tenants with a clock of their own, `others` for all the rest (undefined:
 * none of the rest).
 */
export interface Horizon {
  own: ReadonlyMap<string, Date>;
  others: Date | undefined;
}

/** The horizon of the present moment. */
export function presentHorizon(clock: OffsetClock): Horizon {
  return {
    own: new Map(clock.owners().map((tenant_id) => [tenant_id, clock.now(tenant_id)])),
    others: clock.now(ROOT_TENANT_ID),
  };
}

/** The items that are due within a horizon, the earliest first, at most `limit` of the given kinds. */
export async function dueItems(
  db: Database,
  horizon: Horizon,
  kinds: readonly string[],
  limit: number,
): Promise<DueItem[]> {
  const { rows } = await db.asJob((tx) =>
    sql<DueItem>`
      select tenant_id, kind, ref_id, next_due_at, attempts from due_work
      where ${within(horizon)} and kind = any(${kinds}::text[])
      order by next_due_at, tenant_id, kind, ref_id limit ${limit}`.execute(tx),
  );
  return rows;
}

/** How many items are due within a horizon; it stops counting at `enough`. */
export async function countDueItems(
  db: Database,
  horizon: Horizon,
  kinds: readonly string[],
  enough: number,
): Promise<number> {
  const { rows } = await db.asJob((tx) =>
    sql<{ items: number }>`
      select count(*)::integer as items from (
        select from due_work where ${within(horizon)} and kind = any(${kinds}::text[]) limit ${enough}
      ) as due`.execute(tx),
  );
  return rows[0]?.items ?? 0;
}

/** How many tenants have an item that is due within a horizon. */
export async function countDueTenants(
  db: Database,
  horizon: Horizon,
  kinds: readonly string[],
): Promise<number> {
  const { rows } = await db.asJob((tx) =>
    sql<{ tenants: number }>`
      select count(*)::integer as tenants from (
        select distinct tenant_id from due_work where ${within(horizon)} and kind = any(${kinds}::text[])
      ) as due`.execute(tx),
  );
  return rows[0]?.tenants ?? 0;
}

/** How many tenants, all or the one, have an item that failed and waits to be tried again. */
export async function countFailedTenants(
  db: Database,
  kinds: readonly string[],
  only: string | undefined,
): Promise<number> {
  const { rows } = await db.asJob((tx) =>
    sql<{ tenants: number }>`
      select count(distinct tenant_id)::integer as tenants from due_work
      where attempts > 0 and kind = any(${kinds}::text[]) and (${only ?? null}::uuid is null or tenant_id = ${only ?? null})`.execute(
      tx,
    ),
  );
  return rows[0]?.tenants ?? 0;
}

/** The condition on due_work. Without own clocks, as in production, it is one range of the index. */
function within(horizon: Horizon) {
  if (horizon.own.size === 0) return sql`next_due_at <= ${horizon.others ?? null}::timestamptz`;
  const tenant_ids = [...horizon.own.keys()];
  const times = [...horizon.own.values()];
  const latest = [...times, ...(horizon.others ? [horizon.others] : [])].reduce((a, b) => (a > b ? a : b));
  return sql`
    next_due_at <= ${latest}::timestamptz
    and next_due_at <= case when tenant_id = any(${tenant_ids}::uuid[])
      then (select own.until from unnest(${tenant_ids}::uuid[], ${times}::timestamptz[]) as own (tenant_id, until)
            where own.tenant_id = due_work.tenant_id)
      else ${horizon.others ?? null}::timestamptz end`;
}
