import { sql } from 'kysely';
import type { Database } from './database.ts';

/** How many months are made ahead of the present one, so that a job that does not run for weeks harms nothing. */
const MONTHS_AHEAD = 2;

/**
 * Makes the partitions of last month, this month and the two after it for every table that is partitioned by time.
 * Those that are there stay, and so do rows that came too early for their month: the default partition has them.
 */
export async function makeMonthPartitions(db: Database, now: Date): Promise<void> {
  const months = Array.from({ length: MONTHS_AHEAD + 2 }, (_month, index) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1 + index)).toISOString().slice(0, 10),
  );
  await db.asOwner(async (tx) => {
    // Processes that start together would both find a partition missing.
    await sql`select pg_advisory_xact_lock(hashtextextended('month_partitions', 0))`.execute(tx);
    await sql`
      select make_month_partition(relname::text, month)
      from pg_partitioned_table join pg_class on oid = partrelid, unnest(${months}::date[]) as month
      where relnamespace = 'tallystick'::regnamespace order by relname, month`.execute(tx);
  });
}

/**
 * Removes the rows of a month (its first day, UTC) from a table that is partitioned by time: with its partition where
 * it has one, else row by row from the default partition. `table` and `column` are ours, never a request's.
 */
export async function dropMonth(db: Database, table: string, column: string, month: string): Promise<void> {
  const partition = `${table}_${month.slice(0, 7).replace('-', '')}`;
  await db.asOwner(async (tx) => {
    await sql`drop table if exists ${sql.table(partition)}`.execute(tx);
    await sql`
      delete from ${sql.table(`${table}_default`)}
      where ${sql.ref(column)} >= ${month}::timestamp at time zone 'UTC'
        and ${sql.ref(column)} < (${month}::date + interval '1 month') at time zone 'UTC'`.execute(tx);
  });
}
