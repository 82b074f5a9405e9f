import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { UsageEvent } from './event.ts';

/** How many endpoints a tenant's day tells apart. A host that reports paths for patterns must not fill the rollups. */
export const ENDPOINTS_PER_DAY_MAX = 1000;

/** What the endpoints beyond are counted as. */
export const OTHER_ENDPOINT = 'other';

/**
 * The events with the endpoint that each is counted under: its own, or `other` once the tenant's day (UTC) has its
 * thousand. Two batches at the same time do not see each other's new endpoints, so a day may end with a few more.
 */
export async function capEndpoints(
  tx: Tx,
  tenant_id: string,
  events: readonly UsageEvent[],
): Promise<UsageEvent[]> {
  const fresh = await findNew(tx, tenant_id, events);
  if (fresh.size === 0) return [...events];
  const room = new Map<string, number>();
  for (const day of new Set([...fresh].map(dayOfName))) {
    room.set(day, ENDPOINTS_PER_DAY_MAX - (await countEndpoints(tx, tenant_id, day)));
  }
  const refused = new Set<string>();
  for (const name of fresh) {
    const left = room.get(dayOfName(name)) ?? 0;
    if (left <= 0) refused.add(name);
    room.set(dayOfName(name), left - 1);
  }
  return events.map((event) => (refused.has(nameOf(event)) ? { ...event, endpoint: OTHER_ENDPOINT } : event));
}

/** The day and endpoint of an event, as one name. */
function nameOf({ occurred_at, endpoint }: UsageEvent): string {
  return `${occurred_at.toISOString().slice(0, 10)} ${endpoint}`;
}

function dayOfName(name: string): string {
  return name.slice(0, 10);
}

/** The names in a batch that its days do not have yet, `other` left out. */
async function findNew(tx: Tx, tenant_id: string, events: readonly UsageEvent[]): Promise<Set<string>> {
  const counted = events.filter((event) => event.counted && event.endpoint !== OTHER_ENDPOINT);
  const names = [...new Set(counted.map(nameOf))];
  if (names.length === 0) return new Set();
  const found = await sql<{ day: string; endpoint: string }>`
    select day::text, endpoint from unnest(${names.map(dayOfName)}::date[], ${names.map((name) => name.slice(11))}::text[])
      as batch (day, endpoint)
    where not exists (select from api_usage_days known where known.tenant_id = ${tenant_id}
      and known.day = batch.day and known.endpoint = batch.endpoint)`.execute(tx);
  const unknown = new Set(found.rows.map(({ day, endpoint }) => `${day} ${endpoint}`));
  // In the order of the batch: who comes first has the room.
  return new Set(names.filter((name) => unknown.has(name)));
}

async function countEndpoints(tx: Tx, tenant_id: string, day: string): Promise<number> {
  const counted = await sql<{ endpoints: number }>`
    select count(distinct endpoint)::integer as endpoints from api_usage_days
    where tenant_id = ${tenant_id} and day = ${day}::date and endpoint <> ${OTHER_ENDPOINT}`.execute(tx);
  return counted.rows[0]?.endpoints ?? 0;
}
