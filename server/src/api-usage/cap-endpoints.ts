import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { UsageEvent } from './event.ts';
import type { KnownEndpoints } from './known-endpoints.ts';

/** How many endpoints a tenant's day tells apart. A host that reports paths for patterns must not fill the rollups. */
export const ENDPOINTS_PER_DAY_MAX = 1000;

/** What the endpoints beyond are counted as. */
export const OTHER_ENDPOINT = 'other';

const DAY_MS = 86_400_000;

/** An endpoint of a tenant's day (UTC), in days since 1970. */
export interface DayEndpoint {
  tenant_id: string;
  day: number;
  endpoint: string;
}

/** What capEndpoints found out about a batch. */
export interface CappedEndpoints {
  /** What a counted call is counted under: its own endpoint, or `other` once its tenant's day has a thousand. */
  endpointOf(tenant_id: string, event: UsageEvent): string;
  /** What the days have once the transaction is committed, less what was known before. */
  named: readonly DayEndpoint[];
}

/**
 * Finds out which endpoints of a batch there is no room for. Two batches at the same time do not see each other's new
 * endpoints, so a day may end with a few more.
 */
export async function capEndpoints(
  tx: Tx,
  byTenant: ReadonlyMap<string, readonly UsageEvent[]>,
  known: KnownEndpoints | undefined,
): Promise<CappedEndpoints> {
  const asked = [...byTenant].flatMap(([tenant_id, events]) => namesOf(tenant_id, events, known));
  const fresh = asked.length === 0 ? [] : await findNew(tx, asked);
  const refused = fresh.length === 0 ? [] : await findRefused(tx, fresh);
  if (refused.length === 0) return { endpointOf: (_tenant_id, event) => event.endpoint, named: asked };
  const keys = new Set(refused.map(keyOf));
  return {
    endpointOf: (tenant_id, { occurred_at, endpoint }) =>
      keys.has(keyOf({ tenant_id, day: dayOf(occurred_at), endpoint })) ? OTHER_ENDPOINT : endpoint,
    named: asked.filter((name) => !keys.has(keyOf(name))),
  };
}

function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY_MS);
}

function keyOf({ tenant_id, day, endpoint }: DayEndpoint): string {
  return `${tenant_id} ${day} ${endpoint}`;
}

/** The names of a tenant's counted events that nobody is known to have, in the order of the events. */
function namesOf(
  tenant_id: string,
  events: readonly UsageEvent[],
  known: KnownEndpoints | undefined,
): DayEndpoint[] {
  const days = new Map<number, Set<string>>();
  for (const { counted, endpoint, occurred_at } of events) {
    if (!counted || endpoint === OTHER_ENDPOINT) continue;
    const day = dayOf(occurred_at);
    const endpoints = days.get(day);
    if (endpoints === undefined) days.set(day, new Set([endpoint]));
    else endpoints.add(endpoint);
  }
  return [...days]
    .flatMap(([day, endpoints]) => [...endpoints].map((endpoint) => ({ tenant_id, day, endpoint })))
    .filter(({ day, endpoint }) => known?.has(tenant_id, day, endpoint) !== true);
}

/** Those that their days do not have yet. One look into the index for each, whatever the planner thinks of arrays. */
async function findNew(tx: Tx, names: readonly DayEndpoint[]): Promise<DayEndpoint[]> {
  const found = await sql<{ place: number }>`
    select (place - 1)::integer as place
    from unnest(${names.map(({ tenant_id }) => tenant_id)}::uuid[], ${names.map(({ day }) => day)}::integer[],
      ${names.map(({ endpoint }) => endpoint)}::text[]) with ordinality as name (tenant_id, day, endpoint, place)
      left join lateral (
        select true as is_there from api_usage_days known
        where known.tenant_id = name.tenant_id and known.day = date '1970-01-01' + name.day
          and known.endpoint = name.endpoint limit 1) as known on true
    where is_there is null order by place`.execute(tx);
  return found.rows.flatMap(({ place }) => names[place] ?? []);
}

/** Those that their days have no room for: who comes first in the batch has it. */
async function findRefused(tx: Tx, fresh: readonly DayEndpoint[]): Promise<DayEndpoint[]> {
  const days = [...Map.groupBy(fresh, ({ tenant_id, day }) => `${tenant_id} ${day}`).values()];
  const first = days.flatMap(([name]) => name ?? []);
  const counted = await sql<{ endpoints: number }>`
    select endpoints from unnest(${first.map(({ tenant_id }) => tenant_id)}::uuid[],
      ${first.map(({ day }) => day)}::integer[]) with ordinality as asked (tenant_id, day, place)
      cross join lateral (
        select count(distinct endpoint)::integer as endpoints from api_usage_days known
        where known.tenant_id = asked.tenant_id and known.day = date '1970-01-01' + asked.day
          and known.endpoint <> ${OTHER_ENDPOINT}) as known
    order by place`.execute(tx);
  return days.flatMap((names, place) => {
    const room = ENDPOINTS_PER_DAY_MAX - (counted.rows[place]?.endpoints ?? 0);
    return names.slice(Math.max(0, room));
  });
}
