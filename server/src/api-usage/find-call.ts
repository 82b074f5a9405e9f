import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { AGE_MS_MAX, AHEAD_MS_MAX } from './event.ts';
import { DAY_MS, HOUR_MS } from './widened.ts';

/** A call as it was recorded. */
export interface RecordedCall {
  occurred_at: Date;
  period_id: string;
  endpoint: string;
  method: string;
  status_code: number;
  /** An exact decimal. */
  response_time_ms: string;
  api_key_id: string | null;
  counted: boolean;
}

/** How long before it was recorded a call is looked for, in milliseconds: most are recorded within seconds. */
const LOOK_BACK_MS = [HOUR_MS, DAY_MS, AGE_MS_MAX];

/**
 * A call by its source and id; undefined where there is none, or none any more. Calls have an index by time alone, which
 * keeps recording cheap: the key says when the call was recorded, and it happened at most 35 days before.
 */
export async function findCall(
  tx: Tx,
  tenant_id: string,
  source: string,
  id: string,
): Promise<RecordedCall | undefined> {
  const key = await sql<{ recorded_at: Date }>`
    select recorded_at from api_usage_keys
    where tenant_id = ${tenant_id} and source = ${source} and id = ${id}`.execute(tx);
  const recorded_at = key.rows[0]?.recorded_at;
  if (recorded_at === undefined) return undefined;
  let before = new Date(recorded_at.getTime() + AHEAD_MS_MAX + 1);
  for (const back_ms of LOOK_BACK_MS) {
    const from = new Date(recorded_at.getTime() - back_ms);
    const found = await sql<RecordedCall>`
      select occurred_at, period_id, endpoint, method, status_code, response_time_ms::text as response_time_ms,
        api_key_id, counted
      from api_usage
      where tenant_id = ${tenant_id} and occurred_at >= ${from} and occurred_at < ${before}
        and source = ${source} and id = ${id} limit 1`.execute(tx);
    if (found.rows[0] !== undefined) return found.rows[0];
    before = from;
  }
  return undefined;
}
