import { sql } from 'kysely';
import { type Database, dropMonth, makeMonthPartitions, type Tx } from '../db/index.ts';
import type { OwnHandler } from '../due-work/index.ts';
import { AGE_MS_MAX } from './event.ts';

const DAY_MS = 86_400_000;
/** How long calls themselves are kept, and the keys that tell a repeat: 400 days. Their rollups stay for ever. */
const RETENTION_MS = 400 * DAY_MS;
/** How much later than the last call or correction of it is taken a month is sealed: whatever was begun is committed. */
const SEAL_PAUSE_MS = 3_600_000;
/** Rows in one transaction, so that no request waits long. */
const CHUNK = 500;

/** What retention works with. */
export interface RetentionContext {
  db: Database;
  log: { error(fields: object, message: string): void };
}

/**
 * Once a day: makes partitions ahead, seals the months to which nothing can be added any more, and then removes calls
 * and keys whose time is over. A month goes only where every tenant's rollups of it are sealed.
 */
export function usageRetention(context: RetentionContext): OwnHandler {
  return {
    kind: 'api_usage_retention',
    recurring: true,
    runOwn: async (_item, now) => {
      await makeMonthPartitions(context.db, now);
      await sealMonths(context, now);
      await dropSealedMonths(context.db, now);
      await purgeKeys(context.db, new Date(now.getTime() - RETENTION_MS));
      return new Date(now.getTime() + DAY_MS);
    },
  };
}

interface TenantMonth {
  tenant_id: string;
  month: string;
}

/** Seals, one transaction each, what has calls and no seal, up to the last month that takes no more. */
async function sealMonths({ db, log }: RetentionContext, now: Date): Promise<void> {
  const last = firstOfMonth(new Date(now.getTime() - AGE_MS_MAX - SEAL_PAUSE_MS));
  const differing = new Set<string>();
  for (;;) {
    const open = await db.asJob((tx) =>
      sql<TenantMonth>`
        select distinct d.tenant_id, date_trunc('month', d.day)::date as month from api_usage_days d
        where d.day < ${last}::date and not exists (select from api_usage_seals s
          where s.tenant_id = d.tenant_id and s.month = date_trunc('month', d.day)::date)
        order by 1, 2 limit ${CHUNK + differing.size}`.execute(tx),
    );
    const months = open.rows.filter(({ tenant_id, month }) => !differing.has(`${tenant_id} ${month}`));
    if (months.length === 0) return;
    for (const of of months) {
      if (await db.asJob((tx) => seal(tx, of, now))) continue;
      differing.add(`${of.tenant_id} ${of.month}`);
      log.error(of, 'the calls of this month are not what its rollups say: it stays unsealed; run the audit');
    }
  }
}

/** Seals a month, unless its calls, less those that were voided, are not as many as its rollups say: then false. */
async function seal(tx: Tx, { tenant_id, month }: TenantMonth, sealed_at: Date): Promise<boolean> {
  const within = (column: string) => sql`tenant_id = ${tenant_id}
    and ${sql.ref(column)} >= ${month}::timestamp at time zone 'UTC'
    and ${sql.ref(column)} < (${month}::date + interval '1 month') at time zone 'UTC'`;
  const sealed = await sql`
    insert into api_usage_seals (tenant_id, month, total_calls, checksum, sealed_at)
    select ${tenant_id}, ${month}::date, rolled.calls, api_usage_checksum(${tenant_id}, ${month}::date), ${sealed_at}
    from (select coalesce(sum(total_calls), 0) as calls from api_usage_hours where ${within('hour')}) as rolled,
      (select count(*) as calls from api_usage where counted and ${within('occurred_at')}) as recorded,
      (select count(*) as calls from (select distinct on (source, id) status_code_after from api_usage_corrections
          where ${within('occurred_at')} order by source, id, sequence desc) as last
        where status_code_after is null) as voided
    where rolled.calls = recorded.calls - voided.calls
    on conflict (tenant_id, month) do nothing returning 1`.execute(tx);
  return sealed.rows.length > 0;
}

async function dropSealedMonths(db: Database, now: Date): Promise<void> {
  const last = firstOfMonth(new Date(now.getTime() - RETENTION_MS));
  const over = await db.asJob((tx) =>
    sql<{ month: string }>`
      select distinct s.month from api_usage_seals s
      where s.month < ${last}::date and not exists (
        select from api_usage_days d where d.day >= s.month and d.day < s.month + interval '1 month' and not exists (
          select from api_usage_seals own where own.tenant_id = d.tenant_id and own.month = s.month))
        and exists (select from api_usage u where u.occurred_at >= s.month::timestamp at time zone 'UTC'
          and u.occurred_at < (s.month + interval '1 month') at time zone 'UTC')
      order by s.month limit ${CHUNK}`.execute(tx),
  );
  for (const { month } of over.rows) await dropMonth(db, 'api_usage', 'occurred_at', month);
}

async function purgeKeys(db: Database, before: Date): Promise<void> {
  let purged = CHUNK;
  while (purged === CHUNK) {
    const deleted = await db.asJob((tx) =>
      sql`
        delete from api_usage_keys where (tenant_id, source, id) in (
          select tenant_id, source, id from api_usage_keys where recorded_at < ${before} limit ${CHUNK})
        returning 1`.execute(tx),
    );
    purged = deleted.rows.length;
  }
}

/** The first day of a time's month in UTC, as PostgreSQL reads it. */
function firstOfMonth(at: Date): string {
  return `${at.toISOString().slice(0, 7)}-01`;
}
