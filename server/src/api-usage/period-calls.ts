import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** The successful calls that a billing period has, adjustments included. */
export async function successfulCallsOf(tx: Tx, tenant_id: string, period_id: string): Promise<bigint> {
  const found = await sql<{ calls: bigint }>`
    select coalesce(sum(successful_calls), 0)::bigint as calls from api_usage_hours
    where tenant_id = ${tenant_id} and period_id = ${period_id}`.execute(tx);
  return found.rows[0]?.calls ?? 0n;
}
