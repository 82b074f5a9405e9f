import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseUnavailableError } from '../../src/db/index.ts';
import { httpKeyLifetimeMs } from '../../src/request-keys/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type DemoApp, demoApp } from './demo-app.ts';

const api = '/api/v1/monetization';

describeOnEachDatabase('the HTTP kernel', (getDb, { engine }) => {
  let app: DemoApp;
  beforeAll(async () => {
    app = await demoApp(getDb());
  });
  afterAll(() => app.server.close());

  type Method = 'GET' | 'POST' | 'DELETE' | 'HEAD' | 'OPTIONS' | 'PUT';
  function call(
    method: Method,
    path: string,
    key: keyof DemoApp['keys'],
    body?: object,
    headers: object = {},
  ) {
    return app.server.inject({
      method,
      url: api + path,
      headers: { authorization: `Bearer ${app.keys[key]}`, ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
  }
  const withKey = (key: string) => ({ 'idempotency-key': key });

  async function countNotes(title: string): Promise<number> {
    const rows = await app.db.asOwner((tx) => sql`SELECT 1 FROM due_work WHERE kind = ${title}`.execute(tx));
    return rows.rows.length;
  }

  describe('Idempotency-Key', () => {
    it('replays the stored answer with its own status, without what is shown once', async () => {
      const first = await call('POST', '/notes', 'write', { title: 'replayed' }, withKey('replay'));
      const second = await call('POST', '/notes', 'write', { title: 'replayed' }, withKey('replay'));
      expect(first.statusCode).toBe(201);
      expect(first.headers['idempotent-replayed']).toBeUndefined();
      expect(second.statusCode).toBe(201);
      expect(second.headers['idempotent-replayed']).toBe('true');
      const { secret, ...shared } = first.json();
      expect(secret).toBe('shown once');
      expect(second.json()).toEqual(shared);
      expect(await countNotes('replayed')).toBe(1);
    });

    it('refuses another body, whatever the order of its members was', async () => {
      const body = { title: 'ordered', metadata: { a: 1, b: [1, { c: 2, d: 3 }] } };
      const reordered = { metadata: { b: [1, { d: 3, c: 2 }], a: 1 }, title: 'ordered' };
      await call('POST', '/notes', 'write', body, withKey('order'));
      expect((await call('POST', '/notes', 'write', reordered, withKey('order'))).statusCode).toBe(201);
      const other = await call('POST', '/notes', 'write', { title: 'ordered' }, withKey('order'));
      expect([other.statusCode, other.json().code]).toEqual([422, 'idempotency_key_reused']);
    });

    it('counts path parameters as body, and is per tenant, method and route', async () => {
      const note = { request_id: 'r1', tokens: 1 };
      const own = await call(
        'POST',
        `/tenants/${app.tenants.seller}/notes`,
        'admin',
        note,
        withKey('shared'),
      );
      const sold = await call(
        'POST',
        `/tenants/${app.tenants.customer}/notes`,
        'admin',
        note,
        withKey('shared'),
      );
      const charged = await call('POST', '/charges', 'write', {}, withKey('shared'));
      const stranger = await call('POST', '/charges', 'stranger', {}, withKey('shared'));
      for (const answer of [own, sold, charged, stranger]) {
        expect([answer.statusCode, answer.headers['idempotent-replayed']]).toEqual([201, undefined]);
      }
      const torn = await call('POST', '/notes', 'write', { title: 'torn' });
      const deletion = `/notes/${torn.json().note_id}`;
      const headers = { ...withKey('tear'), 'tallystick-tenant': app.tenants.seller };
      expect((await call('DELETE', deletion, 'operator', undefined, headers)).statusCode).toBe(204);
      const again = await call('DELETE', deletion, 'operator', undefined, headers);
      expect([again.statusCode, again.headers['idempotent-replayed'], again.body]).toEqual([204, 'true', '']);
      const other = await call('DELETE', `/notes/${app.tenants.seller}`, 'operator', undefined, headers);
      expect(other.json().code).toBe('idempotency_key_reused');
    });

    it('lets a refusal and a failure leave no trace', async () => {
      const refused = await call('POST', '/notes', 'write', { title: 'refused' }, withKey('trace'));
      expect([refused.statusCode, refused.json().code]).toEqual([409, 'slug_taken']);
      const failed = await call('POST', '/notes', 'write', { title: 'huge' }, withKey('trace'));
      expect([failed.statusCode, failed.json().code]).toEqual([500, 'internal_error']);
      expect(failed.body).not.toContain('2^53');
      expect([await countNotes('refused'), await countNotes('huge')]).toEqual([0, 0]);
      const taken = await call('POST', '/notes', 'write', { title: 'traced' }, withKey('trace'));
      expect(taken.statusCode).toBe(201);
    });

    it('takes an expired key as absent', async () => {
      await call('POST', '/notes', 'write', { title: 'expiring' }, withKey('expiry'));
      app.clock.advance(httpKeyLifetimeMs - 1);
      const kept = await call('POST', '/notes', 'write', { title: 'expiring' }, withKey('expiry'));
      expect(kept.headers['idempotent-replayed']).toBe('true');
      app.clock.advance(1);
      const fresh = await call('POST', '/notes', 'write', { title: 'afresh' }, withKey('expiry'));
      expect([fresh.statusCode, fresh.headers['idempotent-replayed']]).toEqual([201, undefined]);
    });

    it('does one of twenty twins and replays it to the rest', async () => {
      const twins = Array.from({ length: 20 }, () =>
        call('POST', '/notes', 'write', { title: 'twin' }, withKey('twins')),
      );
      const answers = await Promise.all(twins);
      expect(answers.map((answer) => answer.statusCode)).toEqual(answers.map(() => 201));
      expect(answers.filter((answer) => answer.headers['idempotent-replayed'] === undefined)).toHaveLength(1);
      expect(new Set(answers.map((answer) => answer.json().note_id)).size).toBe(1);
      expect(await countNotes('twin')).toBe(1);
    });

    it('takes a key in UTF-8', async () => {
      // A header carries bytes: this is how "clé" arrives.
      const key = Buffer.from('clé').toString('latin1');
      expect((await call('POST', '/charges', 'write', {}, withKey(key))).statusCode).toBe(201);
      const keys = await app.db.asOwner((tx) =>
        sql`SELECT 1 FROM request_keys WHERE key = 'clé'`.execute(tx),
      );
      expect(keys.rows).toHaveLength(1);
    });

    it('stands beside request_id: the key gives its own replay, the request_id a 200', async () => {
      const path = `/tenants/${app.tenants.seller}/notes`;
      const body = { request_id: 'beside', tokens: 3 };
      const statuses = [];
      for (const headers of [withKey('b1'), withKey('b1'), withKey('b2'), withKey('b2'), {}]) {
        const answer = await call('POST', path, 'admin', body, headers);
        statuses.push([answer.statusCode, answer.headers['idempotent-replayed'], answer.json().tokens]);
      }
      const replay = [200, 'true', 3];
      expect(statuses).toEqual([[201, undefined, 3], [201, 'true', 3], replay, replay, replay]);
      const other = await call('POST', path, 'admin', { ...body, tokens: 4 });
      expect([other.statusCode, other.json().code]).toEqual([422, 'request_id_reused']);
    });
  });

  describe('lists', () => {
    it('pages newest first, without gaps or repeats, also where times are equal', async () => {
      const due_at = '2026-03-01T00:00:00+01:00';
      for (let index = 0; index < 5; index++)
        await call('POST', '/notes', 'customer', { title: 'page', due_at });
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const page: { data: { note_id: string }[]; next_cursor: string | null } = (
          await call('GET', `/notes?limit=2${query}`, 'customer')
        ).json();
        seen.push(...page.data.map((note) => note.note_id));
        cursor = page.next_cursor;
      }
      expect(seen).toHaveLength(5);
      expect(seen).toEqual(seen.toSorted().toReversed());
    });

    it('includes from and excludes to, in any offset', async () => {
      const count = async (query: string) =>
        (await call('GET', `/notes?${query}`, 'customer')).json().data.length;
      expect(await count('from=2026-02-28T23:00:00Z&to=2026-02-28T23:00:01Z')).toBe(5);
      expect(await count('from=2026-02-28T23:00:00.001Z')).toBe(0);
      expect(await count(`to=${encodeURIComponent('2026-03-01T00:00:00+01:00')}`)).toBe(0);
    });
  });

  describe('tenants', () => {
    it('lets a key repeat its own tenant, and an operator name any', async () => {
      const own = { 'tallystick-tenant': app.tenants.seller.toUpperCase() };
      expect((await call('GET', '/notes', 'read', undefined, own)).statusCode).toBe(200);
      const customer = { 'tallystick-tenant': app.tenants.customer };
      expect((await call('GET', '/notes', 'operator', undefined, customer)).json().data).toHaveLength(5);
      // Selling to a tenant opens its path, never the header.
      expect((await call('GET', '/notes', 'admin', undefined, customer)).statusCode).toBe(404);
    });

    it('runs a route with path_tenant in the tenant of its path', async () => {
      const body = { request_id: 'sold', tokens: 1 };
      const path = `/tenants/${app.tenants.customer.toUpperCase()}/notes`;
      expect((await call('POST', path, 'admin', body)).statusCode).toBe(201);
      expect((await call('POST', path, 'customer', body)).statusCode).toBe(200);
      const upwards = `/tenants/${app.tenants.seller}/notes`;
      expect((await call('POST', upwards, 'customer', body)).statusCode).toBe(404);
    });
  });

  it('answers HEAD and OPTIONS', async () => {
    const head = await call('HEAD', '/notes', 'read');
    expect([head.statusCode, head.body]).toEqual([200, '']);
    const options = await call('OPTIONS', '/notes', 'read');
    expect([options.statusCode, options.headers.allow]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
  });

  it('answers unknown routes before it looks at a body', async () => {
    for (const url of ['/nope', api, `${api}/`, `${api}/nope`, `${api}/notes/`, '/docs/errors/nope']) {
      const answer = await app.server.inject({
        url,
        method: url.includes('errors') ? 'GET' : 'POST',
        payload: '<x>',
      });
      expect([url, answer.statusCode, answer.headers['content-type']]).toEqual([
        url,
        404,
        'application/problem+json',
      ]);
    }
    const bad = await app.server.inject({ url: `${api}/%ff` });
    expect([bad.statusCode, bad.json().code]).toEqual([400, 'url_malformed']);
  });

  it('says 503 while the database is away, and 409 where a lock was not given', async () => {
    const failing = (error: Error) => {
      const db = Object.create(app.db, { inTenant: { value: () => Promise.reject(error) } });
      return demoApp(app.db, { logLevel: 'silent' }, db);
    };
    const cases: [Error, number, string][] = [
      [new DatabaseUnavailableError('gone'), 503, 'database_unavailable'],
      [Object.assign(new Error('canceling statement'), { code: '55P03' }), 409, 'request_in_flight'],
      [Object.assign(new Error('could not serialize'), { code: '40001' }), 503, 'database_unavailable'],
      [Object.assign(new Error('secret detail'), { code: '23505' }), 500, 'internal_error'],
    ];
    for (const [error, status, code] of cases) {
      const away = await failing(error);
      const headers = { authorization: `Bearer ${away.keys.write}` };
      const answer = await away.server.inject({
        method: 'POST',
        url: `${api}/notes`,
        headers,
        payload: { title: 'x' },
      });
      expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
      expect(answer.headers['retry-after'] !== undefined).toBe(status !== 500);
      expect(answer.body).not.toContain('secret');
      await away.server.close();
    }
  });

  if (engine === 'postgres')
    it('answers 409 where a twin is still under way when the wait is over', async () => {
      let claimed = () => {};
      let finish = () => {};
      const isClaimed = new Promise<void>((resolve) => (claimed = resolve));
      const mayFinish = new Promise<void>((resolve) => (finish = resolve));
      const twin = app.db.inTenant(app.tenants.seller, async (tx) => {
        await sql`INSERT INTO request_keys (tenant_id, namespace, key, body_hash, created_at)
        VALUES (${app.tenants.seller}, 'http:POST /notes', 'slow', decode('00', 'hex'), now())`.execute(tx);
        claimed();
        await mayFinish;
      });
      await isClaimed;
      const answer = await call('POST', '/notes', 'write', { title: 'slow' }, withKey('slow'));
      expect([answer.statusCode, answer.json().code]).toEqual([409, 'request_in_flight']);
      finish();
      await twin;
    });
});
