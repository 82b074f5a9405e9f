import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BatchRow, EVENTS_MAX, LATENCY_BOUNDS_MS, UsageWriter } from '../../src/api-usage/index.ts';
import { runAudit } from '../../src/audit/index.ts';
import { type Database, DatabaseUnavailableError, type Tx } from '../../src/db/index.ts';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import { describeOnEachDatabase, describeOnPostgres, fixedClock } from '../harness/index.ts';
import { testApp } from '../harness/test-app.ts';
import { freshId } from '../routes/token-fixtures.ts';

const AT = new Date('2026-03-10T12:30:00.000Z');

/** Nobody looks at the figures of these. */
const unobserved = {
  monotonic_ms: () => 0,
  observer: { committed: () => undefined, overtaken: () => undefined, shed: () => undefined },
};

type LaneWork = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** A database whose batches a test counts, and lets wait, fail or get lost as `around` says. */
function watched(db: Database, around: (asLane: LaneWork) => LaneWork = (asLane) => asLane) {
  let batches = 0;
  const asLane = around((work) => db.asLane(work));
  const counting: LaneWork = (work) => {
    batches += 1;
    return asLane(work);
  };
  return { inTenant: db.inTenant.bind(db), asLane: counting, batches: () => batches };
}

async function makeTenants(db: Database, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId(AT)).sort();
  await db.asOwner((tx) =>
    sql`
      insert into tenants (tenant_id, parent_tenant_id, name, currency, tier_name, created_at)
      select id, ${ROOT_TENANT_ID}, 'lanes', 'USD', 'starter', ${AT} from unnest(${ids}::uuid[]) as id`.execute(
      tx,
    ),
  );
  return ids;
}

function rowsOf(tenant_id: string, count: number, more: Partial<BatchRow['event']> = {}): BatchRow[] {
  return Array.from({ length: count }, (_row, index) => ({
    index,
    tenant_id,
    event: {
      ...{
        source: 'test',
        id: freshId('call'),
        endpoint: '/a',
        method: 'GET',
        status_code: 200,
        response_time_ms: 12.5,
      },
      ...{ occurred_at: AT, counted: true, ...more },
    },
  }));
}

/** Counted calls by tenant, from the rollups. */
async function callsOf(db: Database, tenant_ids: readonly string[]): Promise<number[]> {
  const found = await db.asOwner((tx) =>
    sql<{ tenant_id: string; calls: number }>`
      select tenant_id, sum(total_calls)::integer as calls from api_usage_hours
      where tenant_id = any(${tenant_ids}::uuid[]) group by tenant_id`.execute(tx),
  );
  const calls = new Map(found.rows.map((row) => [row.tenant_id, row.calls]));
  return tenant_ids.map((tenant_id) => calls.get(tenant_id) ?? 0);
}

describeOnEachDatabase('lanes of API usage', (getDb) => {
  let terms: Omit<ConstructorParameters<typeof UsageWriter>[0], 'db'>;
  beforeAll(() => {
    terms = { ...unobserved, clock: fixedClock(AT), newId, lanes: 1 };
  });

  it('gather what comes while a batch is under way, and answer each sender for its own', async () => {
    const db = watched(getDb());
    const writer = new UsageWriter({ ...terms, db });
    const tenants = await makeTenants(getDb(), 10);
    const posts = tenants.flatMap((tenant_id, number) => [
      rowsOf(tenant_id, number + 1),
      rowsOf(tenant_id, 2),
    ]);
    const answers = await Promise.all(posts.map((rows) => writer.record(rows[0]?.tenant_id ?? '', rows)));
    expect(answers).toEqual(posts.map((rows) => ({ accepted: rows.length, duplicates: 0, rejected: [] })));
    expect(db.batches()).toBe(2);
    expect(await callsOf(getDb(), tenants)).toEqual(tenants.map((_tenant, number) => number + 3));
    const again = await Promise.all(posts.map((rows) => writer.record(rows[0]?.tenant_id ?? '', rows)));
    expect(again).toEqual(posts.map((rows) => ({ accepted: 0, duplicates: rows.length, rejected: [] })));
    expect(await callsOf(getDb(), tenants)).toEqual(tenants.map((_tenant, number) => number + 3));
  });

  it('count an event that two senders send at once as new for the first, also under another time', async () => {
    const writer = new UsageWriter({ ...terms, db: watched(getDb()) });
    const [tenant_id = ''] = await makeTenants(getDb(), 1);
    const rows = rowsOf(tenant_id, 3);
    const later = rows.map((row) => ({
      ...row,
      event: { ...row.event, occurred_at: new Date(AT.getTime() - 60_000) },
    }));
    const [idle, first, second] = await Promise.all([
      writer.record(tenant_id, rowsOf(tenant_id, 1)),
      writer.record(tenant_id, rows),
      writer.record(tenant_id, [...later, ...rowsOf(tenant_id, 1)]),
    ]);
    expect([idle.accepted, first.accepted, second.accepted, second.duplicates]).toEqual([1, 3, 1, 3]);
    expect(await callsOf(getDb(), [tenant_id])).toEqual([5]);
  });

  it('refuse alone what a batch cannot take, and tell apart rows that are no good', async () => {
    const writer = new UsageWriter({ ...terms, db: watched(getDb()) });
    const tenants = await makeTenants(getDb(), 6);
    const unknown = newId(AT);
    const broken = rowsOf(tenants[3] ?? '', 2, { status_code: 999 });
    const [, ...answers] = await Promise.allSettled([
      writer.record(tenants[0] ?? '', rowsOf(tenants[0] ?? '', 1)),
      ...tenants.map((tenant_id, number) =>
        writer.record(tenant_id, number === 3 ? broken : rowsOf(tenant_id, 2)),
      ),
      writer.record(ROOT_TENANT_ID, [
        ...rowsOf(tenants[1] ?? '', 1),
        ...rowsOf(unknown, 1).map((row) => ({ ...row, index: 1 })),
        ...rowsOf(tenants[1] ?? '', 1, { occurred_at: new Date(AT.getTime() + 600_000) }).map((row) => ({
          ...row,
          index: 2,
        })),
      ]),
    ]);
    expect(answers.map(({ status }, number) => status === 'rejected' && number)).toEqual([
      ...[false, false, false, 3, false, false, false],
    ]);
    expect(answers[3]).toMatchObject({ reason: { code: '23514' } });
    const { rejected, ...counts } = (
      answers[6] as PromiseFulfilledResult<Awaited<ReturnType<UsageWriter['record']>>>
    ).value;
    expect(counts).toEqual({ accepted: 1, duplicates: 0 });
    expect(rejected.map(({ index, code }) => [index, code])).toEqual(
      expect.arrayContaining([
        [1, 'not_found'],
        [2, 'event_in_future'],
      ]),
    );
    expect(await callsOf(getDb(), tenants)).toEqual([3, 3, 2, 0, 2, 2]);
  });

  it('do a batch again whose COMMIT was lost, and nothing is counted twice', async () => {
    let lost = 0;
    const db = watched(getDb(), (asLane) => async (work) => {
      const result = await asLane(work);
      if (lost === 0) {
        lost += 1;
        throw new DatabaseUnavailableError('the answer to COMMIT was lost by a test');
      }
      return result;
    });
    const writer = new UsageWriter({ ...terms, db });
    const [tenant_id = ''] = await makeTenants(getDb(), 1);
    const answer = await writer.record(tenant_id, rowsOf(tenant_id, 4));
    expect(answer).toEqual({ accepted: 0, duplicates: 4, rejected: [] });
    expect(await callsOf(getDb(), [tenant_id])).toEqual([4]);
  });

  it('fail everybody at once while the database is away, and go on afterwards', async () => {
    const state = { away: true };
    const db = watched(
      getDb(),
      (asLane) => (work) =>
        state.away ? Promise.reject(new DatabaseUnavailableError('cut off by a test')) : asLane(work),
    );
    const writer = new UsageWriter({ ...terms, db });
    const tenants = await makeTenants(getDb(), 8);
    const answers = await Promise.allSettled(
      tenants.map((tenant_id) => writer.record(tenant_id, rowsOf(tenant_id, 1))),
    );
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(db.batches()).toBe(4);
    state.away = false;
    expect(await writer.record(tenants[0] ?? '', rowsOf(tenants[0] ?? '', 1))).toMatchObject({ accepted: 1 });
  });

  it('refuse what finds no room with 503 and Retry-After, and leave room for other tenants', async () => {
    const gate = Promise.withResolvers<void>();
    const real = getDb();
    const asLane: LaneWork = async (work) => {
      await gate.promise;
      return await real.asLane(work);
    };
    const db = new Proxy(real, {
      get: (target, name) => {
        if (name === 'asLane') return asLane;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const app = await testApp(db, { clock: fixedClock(AT), env: { TALLYSTICK_LANES: '1' } });
    const [flood = '', quiet = ''] = await makeTenants(real, 2);
    const post = (tenant_id: string, count: number) =>
      app.call('POST /api-usage/events', {
        headers: { 'tallystick-tenant': tenant_id },
        body: rowsOf(tenant_id, count).map(
          ({ event: { source: _source, counted: _counted, ...event } }) => event,
        ) as object,
      });
    const { usage_writer } = app.composition.services;
    const held = [post(flood, 1)];
    const queued = async (events: number) =>
      // The server's own calls come in between.
      expect.poll(() => usage_writer.depth).toBeGreaterThanOrEqual(events);
    await expect.poll(() => usage_writer.depth).toBe(0);
    for (let number = 1; number <= 10; number += 1) {
      held.push(post(flood, EVENTS_MAX));
      await queued(number * EVENTS_MAX);
    }
    const refused = await post(flood, EVENTS_MAX);
    expect([refused.statusCode, refused.json().code, refused.headers['retry-after']]).toEqual([
      503,
      'overloaded',
      '1',
    ]);
    held.push(post(quiet, EVENTS_MAX));
    await queued(11 * EVENTS_MAX);
    gate.resolve();
    expect((await Promise.all(held)).map(({ statusCode }) => statusCode)).toEqual(held.map(() => 202));
    expect(await callsOf(real, [flood, quiet])).toEqual([10_001, 1000]);
    await app.server.close();
  });

  it('leave books that an audit finds clean, with calls about every bound of the latency buckets', async () => {
    const writer = new UsageWriter({ ...terms, db: watched(getDb()) });
    const [tenant_id = ''] = await makeTenants(getDb(), 1);
    const times = LATENCY_BOUNDS_MS.flatMap((bound) => [bound - 0.001, bound, bound + 0.001]);
    const rows = times.flatMap((response_time_ms) => rowsOf(tenant_id, 1, { response_time_ms }));
    expect(await writer.record(tenant_id, rows)).toMatchObject({ accepted: times.length });
    expect(await runAudit(getDb())).toMatchObject({ ok: true });
  });
});

describe('a writer that is closed', () => {
  describeOnPostgres('with batches under way', (getDb) => {
    it('commits what it has, and takes no more', async () => {
      const writer = new UsageWriter({ ...unobserved, clock: fixedClock(AT), newId, lanes: 2, db: getDb() });
      const tenants = await makeTenants(getDb(), 20);
      const answers = tenants.map((tenant_id) => writer.record(tenant_id, rowsOf(tenant_id, 5)));
      await writer.close();
      expect(await callsOf(getDb(), tenants)).toEqual(tenants.map(() => 5));
      await Promise.all(answers);
      await expect(writer.record(tenants[0] ?? '', rowsOf(tenants[0] ?? '', 1))).rejects.toThrow('closed');
    });
  });
});
