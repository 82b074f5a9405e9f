import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

const HOUR_MS = 3_600_000;
/** As many as the largest limit that can be asked about; beyond it the exact number does not matter. */
const CALLS_MAX = 1_000_000;

/** The calls of the last hour. */
export interface RecentCalls {
  calls: number;
  /** When the last of them will be an hour old; null without any. */
  gone_at: Date | null;
}

/**
 * How many counted calls a tenant made within the hour before `now`, to the millisecond, at most a million. Calls that a
 * rate limit refused are left out. It reads the calls themselves, so it costs as much as there are: an hour has no
 * rollup that moves with time.
 */
export async function recentCalls(tx: Tx, tenant_id: string, now: Date): Promise<RecentCalls> {
  const since = new Date(now.getTime() - HOUR_MS);
  const counted = await sql<{ calls: bigint; latest_at: Date | null }>`
    select count(*) as calls, max(occurred_at) as latest_at from (
      select occurred_at from api_usage
      where tenant_id = ${tenant_id} and occurred_at > ${since} and counted and status_code <> 429
      order by occurred_at desc limit ${CALLS_MAX}) as recent`.execute(tx);
  const row = counted.rows[0];
  const latest_at = row?.latest_at ?? null;
  const gone_at = latest_at && new Date(latest_at.getTime() + HOUR_MS);
  return { calls: Number(row?.calls ?? 0), gone_at };
}
