import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/index.ts';
import { hasValidChecksum, makeApiKey, newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import { KnownCallers } from '../../src/tenants/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant, refusal, routes } from './tenant-fixtures.ts';

describeOnEachDatabase('API keys', (getDb, { engine }) => {
  let app: TestApp;
  let tenant_id: string;
  let keys: `/tenants/${string}/api-keys`;
  beforeAll(async () => {
    app = await testApp(getDb(), { routes });
  });
  beforeEach(async () => {
    tenant_id = await makeTenant(app, { tier_name: 'agency' });
    keys = `/tenants/${tenant_id}/api-keys`;
  });
  afterAll(() => app.server.close());

  const statusOf = async (key: string) => (await app.call('GET /subscription-tiers', { key })).statusCode;
  const inSeconds = (seconds: number) => new Date(app.clock.now().getTime() + seconds * 1000).toISOString();
  const rowOf = async (api_key_id: string) => {
    const list = await app.call(`GET ${keys}?limit=200`);
    return list.json().data.find((row: { api_key_id: string }) => row.api_key_id === api_key_id);
  };

  describe('POST /tenants/{id}/api-keys', () => {
    it('makes a key that works at once, to read and write unless told otherwise', async () => {
      const answer = await app.call(`POST ${keys}`, { body: { name: 'server' } });
      expect(answer.statusCode).toBe(201);
      const { api_key, ...row } = answer.json();
      expect(hasValidChecksum(api_key)).toBe(true);
      expect(row).toEqual({
        tenant_id,
        api_key_id: expect.any(String),
        name: 'server',
        scopes: ['read', 'write'],
        expires_at: null,
        revoked_at: null,
        rotated_at: null,
        last_used_at: null,
        created_at: app.clock.now().toISOString(),
      });
      expect(await statusOf(api_key)).toBe(200);
    });

    it('keeps each scope once, and in order', async () => {
      const body = { name: 'scopes', scopes: ['admin', 'read', 'admin'] };
      expect((await app.call(`POST ${keys}`, { body })).json().scopes).toEqual(['read', 'admin']);
    });

    it.each([
      ['no scope', { scopes: [] }, '/scopes'],
      ['an unknown scope', { scopes: ['owner'] }, '/scopes/0'],
      ['a time that is over', { expires_at: '2025-12-31T23:59:59.999Z' }, '/expires_at'],
      ['the present time', { expires_at: '2026-01-01T00:00:00Z' }, '/expires_at'],
      ['a day that does not exist', { expires_at: '2027-02-29T00:00:00Z' }, '/expires_at'],
      ['a key of the caller', { api_key: 'mine' }, '/api_key'],
    ])('refuses %s', async (_what, bad, pointer) => {
      app.clock.set(new Date('2026-01-01T00:00:00Z'));
      const answer = await app.call(`POST ${keys}`, { body: { name: 'bad', ...bad } });
      expect(refusal(answer)).toEqual([422, 'request_invalid']);
      expect(answer.json().errors[0].pointer).toBe(pointer);
    });

    it('ends a key at its expiry', async () => {
      const { api_key } = await makeKey(app, tenant_id, { expires_at: inSeconds(1) });
      app.clock.advance(999);
      expect(await statusOf(api_key)).toBe(200);
      app.clock.advance(1);
      expect(await statusOf(api_key)).toBe(401);
    });

    it('stops at 200 keys that are not revoked, counted right in a race', async () => {
      await app.db.asOwner((tx) =>
        sql`insert into api_keys (tenant_id, api_key_id, name, scopes, created_at)
          select ${tenant_id}, gen_random_uuid(), 'many', array['read'], ${app.clock.now()}
          from generate_series(1, 198)`.execute(tx),
      );
      const body = { name: 'one more' };
      const answers = await Promise.all(Array.from({ length: 5 }, () => app.call(`POST ${keys}`, { body })));
      const made = answers.filter((answer) => answer.statusCode === 201);
      const refused = answers.filter((answer) => answer.statusCode !== 201).map(refusal);
      expect(made).toHaveLength(2);
      expect(refused).toEqual(Array(3).fill([409, 'api_keys_too_many']));
      await app.call(`DELETE ${keys}/${made[0]?.json().api_key_id}`);
      expect((await app.call(`POST ${keys}`, { body })).statusCode).toBe(201);
    });

    it('makes operator keys of the root, for operators with admin only', async () => {
      const { api_key: reader } = await makeKey(app, ROOT_TENANT_ID, { scopes: ['read', 'write'] });
      expect((await app.call(`GET /tenants/${tenant_id}`, { key: reader })).statusCode).toBe(200);
      const path = `/tenants/${ROOT_TENANT_ID}/api-keys` as const;
      const body = { name: 'mine', scopes: ['admin'] };
      expect(refusal(await app.call(`POST ${path}`, { key: reader, body }))).toEqual([403, 'scope_missing']);
      const { api_key: admin } = await makeKey(app, tenant_id);
      expect(refusal(await app.call(`POST ${path}`, { key: admin, body }))).toEqual([404, 'not_found']);
    });
  });

  describe('who may manage keys', () => {
    it('a tenant key with admin: of its own tenant and of those it sells to, and of nobody else', async () => {
      const { api_key: key } = await makeKey(app, tenant_id);
      const child = await makeTenant(app, { tier_name: 'agency' }, { key });
      const grandchild = await makeTenant(app, {}, { headers: { 'tallystick-tenant': child } });
      const stranger = await makeTenant(app);
      for (const own of [tenant_id, child]) {
        const made = await app.call(`POST /tenants/${own}/api-keys`, { key, body: { name: 'by key' } });
        expect([made.statusCode, made.json().tenant_id]).toEqual([201, own]);
        const path = `/tenants/${own}/api-keys/${made.json().api_key_id}` as const;
        expect((await app.call(`POST ${path}/rotate`, { key })).statusCode).toBe(200);
        expect((await app.call(`DELETE ${path}`, { key })).statusCode).toBe(200);
      }
      for (const foreign of [grandchild, stranger, newId(app.clock.now())]) {
        const path = `/tenants/${foreign}/api-keys` as const;
        expect(refusal(await app.call(`POST ${path}`, { key, body: { name: 'x' } }))).toEqual([
          404,
          'not_found',
        ]);
        expect(refusal(await app.call(`GET ${path}`, { key }))).toEqual([404, 'not_found']);
      }
    });

    it('not one without admin, whatever it asks for', async () => {
      const { api_key: key } = await makeKey(app, tenant_id, { scopes: ['read', 'write'] });
      const { api_key_id } = await makeKey(app, tenant_id);
      for (const request of [
        `POST ${keys}`,
        `GET ${keys}`,
        `DELETE ${keys}/${api_key_id}`,
        `POST ${keys}/${api_key_id}/rotate`,
      ] as const) {
        const body = request === `POST ${keys}` ? { body: { name: 'more', scopes: ['read'] } } : {};
        expect(refusal(await app.call(request, { key, ...body }))).toEqual([403, 'scope_missing']);
      }
    });
  });

  describe('GET /tenants/{id}/api-keys', () => {
    it('lists keys newest first, revoked ones too, and never a secret', async () => {
      const made: string[] = [];
      for (let index = 0; index < 3; index++) {
        app.clock.advance(1);
        made.unshift((await makeKey(app, tenant_id)).api_key_id);
      }
      await app.call(`DELETE ${keys}/${made[1]}`);
      const first = await app.call(`GET ${keys}?limit=2`);
      const rest = await app.call(`GET ${keys}?limit=2&cursor=${first.json().next_cursor}`);
      const rows = [...first.json().data, ...rest.json().data];
      expect(rows.map((row) => row.api_key_id)).toEqual(made);
      expect(rows.map((row) => row.revoked_at !== null)).toEqual([false, true, false]);
      expect(first.body + rest.body).not.toContain('tally_live_');
      expect(rest.json().next_cursor).toBeNull();
    });
  });

  describe('DELETE /tenants/{id}/api-keys/{api_key_id}', () => {
    it('ends a key for ever, and answers the same when it is done again', async () => {
      const { api_key, api_key_id } = await makeKey(app, tenant_id);
      const first = await app.call(`DELETE ${keys}/${api_key_id}`);
      expect([first.statusCode, first.json().revoked_at]).toEqual([200, app.clock.now().toISOString()]);
      expect(await statusOf(api_key)).toBe(401);
      app.clock.advance(1000);
      const second = await app.call(`DELETE ${keys}/${api_key_id}`);
      expect([second.statusCode, second.json()]).toEqual([200, first.json()]);
      expect(refusal(await app.call(`POST ${keys}/${api_key_id}/rotate`))).toEqual([409, 'api_key_ended']);
    });

    it('ends the secrets that were in their grace too', async () => {
      const { api_key, api_key_id } = await makeKey(app, tenant_id);
      const rotated = await app.call(`POST ${keys}/${api_key_id}/rotate`, { body: { grace_seconds: 60 } });
      await app.call(`DELETE ${keys}/${api_key_id}`);
      expect(await statusOf(api_key)).toBe(401);
      expect(await statusOf(rotated.json().api_key)).toBe(401);
    });

    it('does not find the key of another tenant', async () => {
      const { api_key, api_key_id } = await makeKey(app, await makeTenant(app));
      for (const request of [`DELETE ${keys}/${api_key_id}`, `POST ${keys}/${api_key_id}/rotate`] as const) {
        expect(refusal(await app.call(request))).toEqual([404, 'not_found']);
      }
      expect(await statusOf(api_key)).toBe(200);
    });
  });

  describe('POST /tenants/{id}/api-keys/{api_key_id}/rotate', () => {
    const rotate = async (api_key_id: string, grace_seconds?: number): Promise<string> => {
      const answer = await app.call(`POST ${keys}/${api_key_id}/rotate`, { body: { grace_seconds } });
      expect(answer.statusCode, answer.body).toBe(200);
      expect(answer.json()).toMatchObject({ api_key_id, rotated_at: app.clock.now().toISOString() });
      return answer.json().api_key;
    };

    it('gives the key another secret, and ends the old one at once', async () => {
      const { api_key, api_key_id } = await makeKey(app, tenant_id, { expires_at: inSeconds(1000) });
      const next = await rotate(api_key_id);
      expect(next).not.toBe(api_key);
      expect([await statusOf(api_key), await statusOf(next)]).toEqual([401, 200]);
      app.clock.advance(1_000_000);
      expect(await statusOf(next)).toBe(401);
      expect(refusal(await app.call(`POST ${keys}/${api_key_id}/rotate`))).toEqual([409, 'api_key_ended']);
    });

    it('lets old secrets work for their grace, and a shorter one later cuts it', async () => {
      const { api_key: first, api_key_id } = await makeKey(app, tenant_id);
      const second = await rotate(api_key_id, 604_800);
      app.clock.advance(604_799_999);
      expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
      const third = await rotate(api_key_id, 10);
      app.clock.advance(1);
      expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([401, 200, 200]);
      const fourth = await rotate(api_key_id);
      expect([await statusOf(second), await statusOf(third), await statusOf(fourth)]).toEqual([
        401, 401, 200,
      ]);
    });

    it('refuses a grace out of bounds, and more than ten secrets at a time', async () => {
      const { api_key_id } = await makeKey(app, tenant_id);
      for (const grace_seconds of [-1, 604_801, 0.5]) {
        const answer = await app.call(`POST ${keys}/${api_key_id}/rotate`, { body: { grace_seconds } });
        expect(refusal(answer)).toEqual([422, 'request_invalid']);
      }
      for (let secrets = 2; secrets <= 10; secrets++) await rotate(api_key_id, 60);
      const answer = await app.call(`POST ${keys}/${api_key_id}/rotate`, { body: { grace_seconds: 60 } });
      expect(refusal(answer)).toEqual([409, 'api_keys_too_many']);
      await rotate(api_key_id, 0);
    });

    it('never brings a revoked key back, whatever comes first in a race', async () => {
      for (let round = 0; round < 5; round++) {
        const { api_key, api_key_id } = await makeKey(app, tenant_id);
        const path = `${keys}/${api_key_id}` as const;
        const [rotated, other, revoked] = await Promise.all([
          app.call(`POST ${path}/rotate`, { body: { grace_seconds: 60 } }),
          app.call(`POST ${path}/rotate`),
          app.call(`DELETE ${path}`),
        ]);
        expect(revoked.statusCode).toBe(200);
        for (const answer of [rotated, other]) expect([200, 409]).toContain(answer.statusCode);
        for (const key of [api_key, rotated.json().api_key, other.json().api_key]) {
          if (key !== undefined) expect(await statusOf(key)).toBe(401);
        }
      }
    });
  });

  describe('authentication', () => {
    it('asks no database about a mistyped key, and one about everything else', async () => {
      const { changes } = app.db;
      const nowhere = new Proxy({} as Database, {
        get: (_target, name) => (name === 'changes' ? changes : () => Promise.reject(new Error('asked'))),
      });
      const callers = new KnownCallers({ db: nowhere, clock: app.clock, monotonic_ms: () => 0 });
      const api_key = makeApiKey();
      const mistyped = `${api_key.slice(0, 20)}${api_key[20] === 'a' ? 'b' : 'a'}${api_key.slice(21)}`;
      expect(await callers.authenticate(mistyped)).toBeUndefined();
      for (const other of [api_key, 'tally_live_made_up_by_an_operator_00', 'x'.repeat(32)]) {
        await expect(callers.authenticate(other)).rejects.toThrow('asked');
        expect(await statusOf(other)).toBe(401);
      }
    });

    it('notes when a key was last used, once a minute', async () => {
      const { api_key, api_key_id } = await makeKey(app, tenant_id);
      const first = app.clock.now().toISOString();
      await Promise.all([statusOf(api_key), statusOf(api_key), statusOf(api_key)]);
      expect((await rowOf(api_key_id)).last_used_at).toBe(first);
      app.clock.advance(59_999);
      await statusOf(api_key);
      expect((await rowOf(api_key_id)).last_used_at).toBe(first);
      app.clock.advance(1);
      await statusOf(api_key);
      // Of a key that is known by then it is noted behind the answer.
      const now = app.clock.now().toISOString();
      await expect.poll(async () => (await rowOf(api_key_id)).last_used_at).toBe(now);
    });

    it('works where the use cannot be noted', async () => {
      const { api_key, api_key_id } = await makeKey(app, tenant_id);
      await app.db.asOwner((tx) =>
        sql`revoke update (last_used_at) on api_keys from tallystick_app`.execute(tx),
      );
      expect(await statusOf(api_key)).toBe(200);
      await app.db.asOwner((tx) =>
        sql`grant update (last_used_at) on api_keys to tallystick_app`.execute(tx),
      );
      expect((await rowOf(api_key_id)).last_used_at).toBeNull();
    });

    // The embedded database has one connection, where nobody can hold a row meanwhile.
    if (engine === 'postgres')
      it('waits for nobody who holds the row of the key', async () => {
        const { api_key, api_key_id } = await makeKey(app, tenant_id);
        const held = Promise.withResolvers<void>();
        const asked = Promise.withResolvers<void>();
        const holding = app.db.inTenant(tenant_id, async (tx) => {
          await sql`select 1 from api_keys where tenant_id = ${tenant_id} for update`.execute(tx);
          held.resolve();
          await asked.promise;
        });
        await held.promise;
        expect(await statusOf(api_key)).toBe(200);
        asked.resolve();
        await holding;
        expect((await rowOf(api_key_id)).last_used_at).toBeNull();
      });
  });

  it('shows a secret once: not in a replay, not in the log, not in the database', async () => {
    const headers = { 'idempotency-key': 'secret-1' };
    const body = { name: 'secret', scopes: ['read', 'admin'] };
    const made = await app.call(`POST ${keys}`, { headers, body });
    const replay = await app.call(`POST ${keys}`, { headers, body });
    const { api_key, ...rest } = made.json();
    expect([replay.statusCode, replay.json()]).toEqual([201, rest]);
    const path = `POST ${keys}/${rest.api_key_id}/rotate` as const;
    const rotated = await app.call(path, { headers, body: { grace_seconds: 5 } });
    const again = await app.call(path, { headers, body: { grace_seconds: 5 } });
    const { api_key: other, ...left } = rotated.json();
    expect([again.statusCode, again.headers['idempotent-replayed'], again.json()]).toEqual([
      200,
      'true',
      left,
    ]);
    expect([await statusOf(api_key), await statusOf(other)]).toEqual([200, 200]);
    // A key in the wrong place is not logged either.
    await app.call(`GET /tenants/${api_key}?q=${other}`, { key: api_key });

    const texts = [...app.log_lines, ...(await dump())].join('\n');
    expect(texts).toContain(rest.api_key_id);
    for (const secret of [api_key, other, app.operator_key]) {
      expect(texts).not.toContain(secret);
      expect(texts).not.toContain(secret.split('_')[2]);
    }
  });

  /** Every row of every table as text. */
  async function dump(): Promise<string[]> {
    return app.db.asOwner(async (tx) => {
      const tables = await sql<{ name: string }>`
        select tablename as name from pg_tables where schemaname = 'tallystick'`.execute(tx);
      const texts: string[] = [];
      for (const { name } of tables.rows) {
        const rows = await sql<{ text: string }>`select t::text as text from ${sql.table(name)} t`.execute(
          tx,
        );
        texts.push(...rows.rows.map((row) => row.text));
      }
      return texts;
    });
  }
});
