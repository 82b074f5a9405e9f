import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** What makes events themselves, column by column. No two are the same, and they come in one order in every process. */
export interface EventKeys {
  tenant_id: readonly string[];
  source: readonly string[];
  id: readonly string[];
  /** Milliseconds since 1970. */
  recorded_ms: readonly number[];
}

/**
 * Writes the keys of events that are new, and answers the places (from 0) of those that are not. Keys are written in the
 * order in which they come, so two batches with the same events wait for each other and never in a circle.
 */
export async function claimEventKeys(tx: Tx, keys: EventKeys): Promise<ReadonlySet<number>> {
  const claimed = await sql<{ known: number[] | null }>`
    with event as (
      select * from unnest(${keys.tenant_id}::uuid[], ${keys.source}::text[], ${keys.id}::text[],
        ${keys.recorded_ms}::float8[]) with ordinality as event (tenant_id, source, id, recorded_ms, place)
    ), fresh as (
      insert into api_usage_keys (tenant_id, source, id, recorded_at)
      select tenant_id, source, id, to_timestamp(recorded_ms / 1000) from event
      on conflict (tenant_id, source, id) do nothing returning tenant_id, source, id
    )
    -- Which they are is asked only where there are any: as a rule there are none.
    select case when (select count(*) from fresh) < ${keys.id.length}::integer then (
      select array_agg((place - 1)::integer) from event left join fresh using (tenant_id, source, id)
      where fresh.id is null) end as known`.execute(tx);
  return new Set(claimed.rows[0]?.known ?? []);
}
