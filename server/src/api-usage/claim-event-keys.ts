import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { Places } from './places.ts';

/** The events of one tenant, each once. */
export interface TenantKeys {
  tenant_id: string;
  now: Date;
  /** In the order of source and id, which is one order in every process. */
  keys: readonly { source: string; id: string }[];
}

/**
 * Writes the keys of events that are new, and answers the places (from 0, over all tenants) of those that are not. Keys are
 * written in the order in which they come, so two batches with the same events wait for each other and never in a circle.
 */
export async function claimEventKeys(tx: Tx, tenants: readonly TenantKeys[]): Promise<ReadonlySet<number>> {
  const all = tenants.flatMap(({ keys }) => keys);
  const sources = new Places();
  const source_places = all.map(({ source }) => sources.of(source));
  const claimed = await sql<{ known: number[] | null }>`
    with event as (
      select (${tenants.map(({ tenant_id }) => tenant_id)}::uuid[])[tenant] as tenant_id,
        (${sources.texts}::text[])[source] as source, id,
        (${tenants.map(({ now }) => now)}::timestamptz[])[tenant] as recorded_at, place
      from unnest(${tenants.flatMap(({ keys }, tenant) => keys.map(() => tenant + 1))}::integer[],
        ${source_places}::integer[], ${all.map(({ id }) => id)}::text[])
        with ordinality as event (tenant, source, id, place)
    ), fresh as (
      insert into api_usage_keys (tenant_id, source, id, recorded_at)
      select tenant_id, source, id, recorded_at from event
      on conflict (tenant_id, source, id) do nothing returning tenant_id, source, id
    )
    -- Which they are is asked only where there are any: as a rule there are none.
    select case when (select count(*) from fresh) < ${all.length}::integer then (
      select array_agg((place - 1)::integer) from event left join fresh using (tenant_id, source, id)
      where fresh.id is null) end as known`.execute(tx);
  return new Set(claimed.rows[0]?.known ?? []);
}
