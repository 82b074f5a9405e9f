import { holdPeriods, type UsageSpan } from '../billing/index.ts';
import type { Clock } from '../clock/index.ts';
import type { Tx } from '../db/index.ts';
import { tenantsAmong } from '../tenants/index.ts';
import type { RecordedRows, RejectedRow, TenantShare } from './batch-rows.ts';
import { capEndpoints, type DayEndpoint } from './cap-endpoints.ts';
import { claimEventKeys } from './claim-event-keys.ts';
import { refusalOfTime, type UsageEvent } from './event.ts';
import type { KnownEndpoints } from './known-endpoints.ts';
import { Rollups } from './rollups.ts';
import { type TenantCalls, writeCalls } from './write-calls.ts';

/** The tenants' times, how ids are made, and what the days are known to have. */
export interface RecordContext {
  clock: Clock;
  newId(at: Date): string;
  known_endpoints?: KnownEndpoints;
}

/** What recordShares did. */
export interface RecordedShares {
  /** What became of each share, in their order. */
  recorded: RecordedRows[];
  /** Endpoints that are known once the transaction is committed. */
  named: readonly DayEndpoint[];
}

/** An event on its way, and whose answer counts it. */
interface Entry {
  event: UsageEvent;
  counts: RecordedRows;
}

/** What one tenant has in a batch. */
interface TenantEntries {
  tenant_id: string;
  now: Date;
  /** Each event once, in the order of source and id. */
  entries: Entry[];
}

/**
 * Records the events of shares, each once, with their rollups: all of it or nothing. Row security has to admit their
 * tenants. Shares of one tenant are recorded as one, so what stands in two of them is new in the first.
 */
export async function recordShares(
  tx: Tx,
  context: RecordContext,
  shares: readonly TenantShare[],
): Promise<RecordedShares> {
  const recorded: RecordedRows[] = shares.map(() => ({ accepted: 0, duplicates: 0, rejected: [] }));
  const tenants = await sortOut(tx, context.clock, shares, recorded);
  if (tenants.length === 0) return { recorded, named: [] };
  const periods = await holdPeriods(tx, context.newId, tenants.map(spanOf));
  const fresh = await keepNew(tx, tenants);
  const byTenant = new Map(
    fresh.map(({ tenant_id, entries }) => [tenant_id, entries.map(({ event }) => event)]),
  );
  const { endpointOf, named } = await capEndpoints(tx, byTenant, context.known_endpoints);
  const rollups = new Rollups();
  const written: TenantCalls[] = [];
  for (const { tenant_id, now, entries } of fresh) {
    const calls = entries.map(({ event }) => ({
      occurred_at: event.occurred_at,
      api_usage_id: context.newId(event.occurred_at),
      source: event.source,
      id: event.id,
      period_id: periods.periodOf(tenant_id, event.occurred_at),
      endpoint: event.counted ? endpointOf(tenant_id, event) : event.endpoint,
      method: event.method,
      status_code: event.status_code,
      response_time_us: Math.round(event.response_time_ms * 1000),
      api_key_id: event.api_key_id,
      metadata: event.metadata,
      counted: event.counted,
    }));
    rollups.add(tenant_id, calls);
    if (calls.length > 0) written.push({ tenant_id, now, calls });
  }
  if (written.length > 0) await writeCalls(tx, written, rollups.columns);
  return { recorded, named };
}

/** What can be recorded, tenant by tenant in the order of their ids. The rest is told to its share. */
async function sortOut(
  tx: Tx,
  clock: Clock,
  shares: readonly TenantShare[],
  recorded: readonly RecordedRows[],
): Promise<TenantEntries[]> {
  const unsure = shares.filter(({ is_known }) => !is_known).map(({ tenant_id }) => tenant_id);
  const there = unsure.length === 0 ? new Set<string>() : await tenantsAmong(tx, unsure);
  const tenants = new Map<string, TenantEntries>();
  for (const [place, { tenant_id, is_known, rows }] of shares.entries()) {
    const counts = recorded[place];
    if (counts === undefined) throw new Error('a share without its answer');
    const tenant = tenants.get(tenant_id) ?? { tenant_id, now: clock.now(tenant_id), entries: [] };
    for (const { index, event } of rows) {
      const occurred_at = event.occurred_at ?? tenant.now;
      const refusal = is_known || there.has(tenant_id) ? refusedTime(occurred_at, tenant.now) : NO_TENANT;
      if (refusal === undefined) tenant.entries.push({ event: { ...event, occurred_at }, counts });
      else counts.rejected.push({ index, ...refusal });
    }
    if (tenant.entries.length > 0) tenants.set(tenant_id, tenant);
  }
  return [...tenants.values()]
    .sort((one, other) => (one.tenant_id < other.tenant_id ? -1 : 1))
    .map((tenant) => ({ ...tenant, entries: withoutTwins(tenant.entries) }));
}

/** The first of each source and id, sorted by them. Ids of one maker mostly come sorted, which costs next to nothing. */
function withoutTwins(entries: Entry[]): Entry[] {
  entries.sort(
    (one, other) =>
      compareText(one.event.source, other.event.source) || compareText(one.event.id, other.event.id),
  );
  let last: UsageEvent | undefined;
  return entries.filter(({ event, counts }) => {
    const is_twin = event.id === last?.id && event.source === last.source;
    if (is_twin) counts.duplicates += 1;
    last = event;
    return !is_twin;
  });
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function spanOf({ tenant_id, now, entries }: TenantEntries): UsageSpan {
  let [earliest, latest] = [now, now];
  for (const { event } of entries) {
    if (event.occurred_at < earliest) earliest = event.occurred_at;
    if (event.occurred_at > latest) latest = event.occurred_at;
  }
  return { tenant_id, now, earliest, latest };
}

/** Those that were never recorded, and tells each share of its own. */
async function keepNew(tx: Tx, tenants: readonly TenantEntries[]): Promise<TenantEntries[]> {
  const known = await claimEventKeys(
    tx,
    tenants.map(({ tenant_id, now, entries }) => ({
      tenant_id,
      now,
      keys: entries.map(({ event }) => event),
    })),
  );
  let place = 0;
  return tenants.map((tenant) => ({
    ...tenant,
    entries: tenant.entries.filter(({ counts }) => {
      const is_new = !known.has(place);
      place += 1;
      if (is_new) counts.accepted += 1;
      else counts.duplicates += 1;
      return is_new;
    }),
  }));
}

type Refusal = Omit<RejectedRow, 'index'>;

const NO_TENANT: Refusal = { code: 'not_found', detail: '/tenant_id: No such tenant.' };

function refusedTime(occurred_at: Date, now: Date): Refusal | undefined {
  const code = refusalOfTime(occurred_at, now);
  if (code === undefined) return undefined;
  const where = code === 'event_in_future' ? 'more than 5 minutes after' : 'more than 35 days before';
  return { code, detail: `/occurred_at: ${occurred_at.toISOString()} is ${where} ${now.toISOString()}` };
}
