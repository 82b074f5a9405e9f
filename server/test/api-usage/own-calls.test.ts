import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, DatabaseUnavailableError, type Tx } from '../../src/db/index.ts';
import { describeOnEachDatabase, describeOnPostgres } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvents, sendCalls, summaryOf } from '../routes/call-fixtures.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { makeKey } from '../tenants/tenant-fixtures.ts';

interface RecordedCall {
  tenant_id: string;
  endpoint: string;
  method: string;
  status_code: number;
  counted: boolean;
  api_key_id: string | null;
}

/** A database whose transactions of tenants fail while it is away. */
function interruptible(db: Database): Database & { away: boolean } {
  const wrapped = {
    away: false,
    engine: db.engine,
    applied_migrations: db.applied_migrations,
    flushes: db.flushes,
    inTenant: <T>(tenant_id: string, work: (tx: Tx) => Promise<T>) =>
      wrapped.away
        ? Promise.reject(new DatabaseUnavailableError('cut off by a test'))
        : db.inTenant(tenant_id, work),
    asLane: <T>(work: (tx: Tx) => Promise<T>) =>
      wrapped.away ? Promise.reject(new DatabaseUnavailableError('cut off by a test')) : db.asLane(work),
    laneStatement: db.laneStatement.bind(db),
    withoutTenant: db.withoutTenant.bind(db),
    asJob: db.asJob.bind(db),
    asOwner: db.asOwner.bind(db),
    ping: db.ping.bind(db),
    pendingMigrations: db.pendingMigrations.bind(db),
    backup: db.backup.bind(db),
    changes: db.changes,
    close: db.close.bind(db),
  };
  return wrapped;
}

describeOnPostgres('a client that leaves', (getDb) => {
  it('has its call recorded once, as one that nobody waited for', async () => {
    const app = await testApp(getDb());
    const studio = await makeStudio(app);
    const { port } = new URL(await app.server.listen({ host: '127.0.0.1', port: 0 }));
    await studio.buy(100);
    // Its book is held, so that the answer takes until the client has left.
    await getDb().inTenant(studio.tenant_id, async (tx) => {
      await sql`select from ai_token_balances for update`.execute(tx);
      const body = JSON.stringify({ tokens_used: 1, feature_type: 'content_generation' });
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        `POST /api/v1/monetization/ai-tokens/usage HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${studio.key}\r\n`,
      );
      socket.write(`content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      // In this database: the server has those of other tests too.
      const waiting = async () => {
        const found = await sql<{ waiting: number }>`
          select count(*)::integer as waiting from pg_locks join pg_stat_activity using (pid)
          where not granted and datname = current_database()`.execute(tx);
        return found.rows[0]?.waiting;
      };
      await expect.poll(waiting, { interval: 5 }).toBe(1);
      socket.destroy();
      await once(socket, 'close');
      // The server has to have seen it too, before there is an answer.
      const { server } = app.server;
      const connections = promisify(server.getConnections.bind(server));
      await expect.poll(() => connections(), { interval: 5 }).toBe(0);
    });
    const calls = async () => {
      await app.composition.services.calls.flush();
      const found = await getDb().asOwner((tx) =>
        sql<{ status_code: number }>`
          select status_code from api_usage where tenant_id = ${studio.tenant_id} and counted`.execute(tx),
      );
      return found.rows;
    };
    await expect.poll(calls).toEqual([{ status_code: 499 }]);
    await app.server.close();
    expect(await calls()).toHaveLength(1);
  });
});

describeOnEachDatabase('calls to the server itself', (getDb) => {
  let app: TestApp;
  let studio: Studio;
  beforeAll(async () => {
    app = await testApp(getDb());
    studio = await makeStudio(app);
  });
  afterAll(() => app.server.close());

  /** What was recorded of a tenant, in the order of its statuses and paths. */
  const recorded = async (tenant_id: string): Promise<RecordedCall[]> => {
    await app.composition.services.calls.flush();
    const found = await getDb().asOwner((tx) =>
      sql<RecordedCall>`
        select tenant_id, endpoint, method, status_code, counted, api_key_id from api_usage
        where tenant_id = ${tenant_id} and source = 'tallystick/server' order by status_code, endpoint, method`.execute(
        tx,
      ),
    );
    return found.rows;
  };

  it('are recorded under the pattern of their route, refused ones as failed', async () => {
    await studio.call('GET /ai-tokens/balance');
    await studio.call(`GET /ai-tokens/holds/${studio.tenant_id}`);
    await studio.call('POST /tenants', { name: 'x' });
    await studio.call('POST /ai-tokens/usage', { tokens_used: 1, feature_type: 'content_generation' });
    await studio.call('POST /ai-tokens/usage', { tokens_used: -1 });
    const calls = await recorded(studio.tenant_id);
    expect(calls.map(({ method, endpoint, status_code }) => [method, endpoint, status_code])).toEqual([
      ['GET', '/ai-tokens/balance', 200],
      ['POST', '/ai-tokens/usage', 402],
      ['POST', '/tenants', 403],
      ['GET', '/ai-tokens/holds/:hold_id', 404],
      ['POST', '/ai-tokens/usage', 422],
    ]);
    expect(new Set(calls.map((call) => call.api_key_id)).size).toBe(1);
    expect(calls.every((call) => call.counted)).toBe(true);
    expect(await summaryOf(studio)).toMatchObject({ total_calls: 5, successful_calls: 1, failed_calls: 4 });
  });

  it('that lack a scope, or name a foreign tenant, count as failed ones', async () => {
    const other = await makeStudio(app);
    const { api_key: key } = await makeKey(app, other.tenant_id, { scopes: ['read'] });
    const body = { tokens_used: 1, feature_type: 'content_generation' };
    expect((await app.call('POST /ai-tokens/usage', { key, body })).statusCode).toBe(403);
    const headers = { 'tallystick-tenant': studio.tenant_id };
    expect((await app.call('GET /ai-tokens/balance', { key, headers })).statusCode).toBe(404);
    expect(await recorded(other.tenant_id)).toMatchObject([
      { status_code: 403, counted: true },
      { status_code: 404, counted: true },
    ]);
  });

  it('count for the tenant of the key, whomever it acts for', async () => {
    const agency = await makeStudio(app, { tier_name: 'agency' });
    const child = (await agency.call('POST /tenants', { name: 'child' })).json();
    await agency.call(`GET /tenants/${child.tenant_id}`);
    expect(await recorded(agency.tenant_id)).toHaveLength(2);
    expect(await recorded(child.tenant_id)).toEqual([]);
  });

  it('of an operator are recorded and counted for nobody', async () => {
    const other = await makeStudio(app);
    await other.operate('GET /ai-tokens/balance');
    const operators = (await recorded('01900000-0000-7000-8000-000000000001')).filter(
      (call) => call.endpoint === '/ai-tokens/balance',
    );
    expect(operators).toMatchObject([{ counted: false, status_code: 200 }]);
    expect(await recorded(other.tenant_id)).toEqual([]);
    expect(await summaryOf(other)).toMatchObject({ total_calls: 0 });
    const own = await app.call('GET /api-usage/summary');
    expect(own.json()).toMatchObject({ total_calls: 0, billable_calls: 0 });
  });

  it('that must not cost are recorded and not counted: purchase, settle, release, posting events', async () => {
    const other = await makeStudio(app);
    await other.buy(1000);
    await other.call(`POST /ai-tokens/holds/${await other.hold(10)}/settle`, { tokens_used: 5 });
    await other.call(`POST /ai-tokens/holds/${await other.hold(10)}/release`);
    await sendCalls(other, callEvents(3));
    const calls = await recorded(other.tenant_id);
    const uncounted = calls.filter((call) => !call.counted).map((call) => call.endpoint);
    expect(uncounted.sort()).toEqual([
      '/ai-tokens/holds/:hold_id/release',
      '/ai-tokens/holds/:hold_id/settle',
      '/ai-tokens/purchase',
      '/api-usage/events',
    ]);
    // Two holds, and the three events.
    expect(await summaryOf(other)).toMatchObject({ total_calls: 5 });
  });

  it('of nobody known, and those outside the API, are not recorded', async () => {
    const before = (await recorded(studio.tenant_id)).length;
    await app.call('GET /ai-tokens/balance', { key: 'tally_live_unknown' });
    for (const url of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs', '/nowhere']) {
      await app.server.inject({ url, headers: { authorization: `Bearer ${studio.key}` } });
    }
    expect(await recorded(studio.tenant_id)).toHaveLength(before);
  });

  it('wait on disk while the database is away, say so, and are there after the next start', async () => {
    const env = { TALLYSTICK_DATA: `${app.composition.config.tallystickData}-away` };
    const spool = join(env.TALLYSTICK_DATA, 'spool');
    const db = interruptible(getDb());
    const away = await testApp(db, { operator_key: app.operator_key, env });
    const other = await makeStudio(app);
    const { calls } = away.composition.services;
    db.away = true;
    calls.record({
      id: 'while-away',
      occurred_at: '',
      tenant_id: other.tenant_id,
      api_key_id: '01900000-0000-7000-8000-00000000abcd',
      endpoint: '/ai-tokens/balance',
      method: 'GET',
      status_code: 200,
      response_time_ms: 1.5,
      counted: true,
    });
    await expect(calls.flush()).rejects.toThrow('cut off by a test');
    await away.server.close();
    expect(readdirSync(spool)).toHaveLength(1);
    const again = await testApp(getDb(), { operator_key: app.operator_key, env });
    again.composition.services.calls.start();
    await again.composition.services.calls.flush();
    await again.server.close();
    expect(readdirSync(spool)).toEqual([]);
    expect(await summaryOf(other)).toMatchObject({ total_calls: 1, avg_response_time_ms: 1.5 });
  });

  it('are not recorded with the feature off', async () => {
    const env = { ENABLE_MONETIZATION: 'false' };
    const off = await testApp(getDb(), { operator_key: app.operator_key, env });
    const answer = await off.server.inject({
      url: '/api/v1/monetization/ai-tokens/balance',
      headers: { authorization: `Bearer ${studio.key}` },
    });
    expect(answer.statusCode).toBe(404);
    await off.server.close();
    expect(existsSync(join(off.composition.config.tallystickData, 'spool'))).toBe(false);
  });
});
