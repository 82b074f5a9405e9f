import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant, refusal, routes } from './tenant-fixtures.ts';

describeOnEachDatabase('tenants', (getDb, { engine, get }) => {
  let app: TestApp;
  // root > agency > client > grandchild, and root > stranger
  let agency: string;
  let client: string;
  let grandchild: string;
  let stranger: string;
  let agency_key: string;
  let client_key: string;
  beforeAll(async () => {
    app = await testApp(getDb(), { routes });
    agency = await makeTenant(app, { name: 'Agency', tier_name: 'agency' });
    agency_key = (await makeKey(app, agency)).api_key;
    client = await makeTenant(app, { tier_name: 'agency' }, { key: agency_key });
    client_key = (await makeKey(app, client)).api_key;
    grandchild = await makeTenant(app, {}, { key: client_key });
    stranger = await makeTenant(app);
  });
  afterAll(() => app.server.close());

  describe('POST /tenants', () => {
    it('makes a tenant of the acting one, with the defaults of the contract', async () => {
      const answer = await app.call('POST /tenants', { body: { name: 'North Star Audio' } });
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toEqual({
        tenant_id: expect.stringMatching(/^[0-9a-f-]{14}-?7/),
        parent_tenant_id: ROOT_TENANT_ID,
        name: 'North Star Audio',
        slug: null,
        currency: 'USD',
        tier_owner_id: ROOT_TENANT_ID,
        tier_name: 'free',
        tier_version: 1,
        shortfall_cap_tokens: 100_000,
        created_at: '2026-01-01T00:00:00.000Z',
      });
    });

    it('takes a slug, a currency and a tier', async () => {
      const body = { name: 'Größe', slug: 'groesse-1', currency: 'EUR', tier_name: 'white_label' };
      const answer = await app.call('POST /tenants', { body });
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toMatchObject(body);
    });

    it.each([
      ['no name', { name: undefined }],
      ['an empty name', { name: '' }],
      ['a slug with capitals', { slug: 'North' }],
      ['a slug with two hyphens', { slug: 'a--b' }],
      ['a slug that ends in a hyphen', { slug: 'a-' }],
      ['a slug of 64 characters', { slug: 'a'.repeat(64) }],
      ['a currency that is none', { currency: 'ABC' }],
      ['a currency in small letters', { currency: 'usd' }],
      ['a tier that is none', { tier_name: 'platinum' }],
      ['a field of a later issue', { referral_code: 'abc' }],
      ['another field of a later issue', { agency_id: ROOT_TENANT_ID }],
    ])('refuses %s', async (_what, bad) => {
      const answer = await app.call('POST /tenants', { body: { name: 'Studio', ...bad } });
      expect(refusal(answer)).toEqual([422, 'request_invalid']);
      expect(answer.json().errors[0].pointer).toBe(`/${Object.keys(bad)[0]}`);
    });

    it('takes a slug once for each seller, and leaves nothing of a refused one', async () => {
      await makeTenant(app, { slug: 'once' });
      const again = await app.call('POST /tenants', { body: { name: 'Twin', slug: 'once' } });
      expect(refusal(again)).toEqual([409, 'slug_taken']);
      const elsewhere = await makeTenant(app, { slug: 'once' }, { key: agency_key });
      const found = await app.call('GET /tenants?slug=once', { key: agency_key });
      expect(found.json().data.map((row: { tenant_id: string }) => row.tenant_id)).toEqual([elsewhere]);
    });

    it('gives a slug to one of many that want it at once, also in two processes', async () => {
      const other =
        engine === 'postgres'
          ? await testApp(await get().open(), { routes, operator_key: 'x'.repeat(32) })
          : app;
      const wanted = Array.from({ length: 8 }, (_, index) =>
        (index % 2 ? other : app).call('POST /tenants', { body: { name: 'Race', slug: 'race' } }),
      );
      const answers = await Promise.all(wanted);
      const statuses = answers.map((answer) => answer.statusCode).sort();
      expect(statuses).toEqual([201, ...Array(7).fill(409)]);
      expect(
        answers.filter((answer) => answer.statusCode === 409).map((answer) => answer.json().code),
      ).toEqual(Array(7).fill('slug_taken'));
      if (other !== app) await other.server.close();
    });

    it('takes a tier with child tenants from a tenant key, and none from an operator', async () => {
      const studio = await makeTenant(app, { tier_name: 'enterprise' });
      const { api_key: key } = await makeKey(app, studio);
      const refused = await app.call('POST /tenants', { key, body: { name: 'Child' } });
      expect(refusal(refused)).toEqual([403, 'tier_without_children']);
      const headers = { 'tallystick-tenant': studio };
      const child = await makeTenant(app, {}, { headers });
      const answer = await app.call(`GET /tenants/${child}`, { key });
      expect(answer.json().parent_tenant_id).toBe(studio);
      const allowed = await app.call(`PATCH /tenants/${studio}`, { body: { tier_name: 'white_label' } });
      expect(allowed.statusCode).toBe(200);
      await makeTenant(app, {}, { key });
    });

    it('replays the first answer under an Idempotency-Key', async () => {
      const request = {
        body: { name: 'Replayed', slug: 'replayed' },
        headers: { 'idempotency-key': 'tenant-1' },
      };
      const first = await app.call('POST /tenants', request);
      const second = await app.call('POST /tenants', request);
      expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
      expect(second.headers['idempotent-replayed']).toBe('true');
      expect(second.json()).toEqual(first.json());
    });
  });

  describe('GET /tenants', () => {
    const ids = (answer: { json(): { data: { tenant_id: string }[] } }) =>
      answer.json().data.map((row) => row.tenant_id);

    it('lists direct children, newest first and in pages', async () => {
      const seller = await makeTenant(app, { tier_name: 'agency' });
      const headers = { 'tallystick-tenant': seller };
      const made: string[] = [];
      for (let index = 0; index < 5; index++) {
        if (index > 1) app.clock.advance(1);
        made.push(await makeTenant(app, {}, { headers }));
      }
      const seen: string[] = [];
      let next: string | null = '';
      while (next !== null) {
        const page = await app.call(`GET /tenants?limit=2${next && `&cursor=${next}`}`, { headers });
        expect(page.statusCode).toBe(200);
        seen.push(...ids(page));
        next = page.json().next_cursor;
      }
      expect(seen.slice(0, 3)).toEqual(made.slice(2).reverse());
      expect(seen.toSorted()).toEqual(made.toSorted());
    });

    it('shows neither the acting tenant nor those its tenants sell to', async () => {
      const answer = await app.call('GET /tenants?limit=200', { key: agency_key });
      expect(ids(answer)).toContain(client);
      expect(ids(answer)).not.toContain(agency);
      expect(ids(answer)).not.toContain(grandchild);
      const all = await app.call('GET /tenants?limit=200');
      expect(ids(all)).toContain(agency);
      expect(ids(all)).not.toContain(client);
    });
  });

  describe('GET and PATCH /tenants/{id}', () => {
    it('shows a tenant to itself, its seller and the operator', async () => {
      for (const key of [client_key, agency_key, app.operator_key]) {
        const answer = await app.call(`GET /tenants/${client.toUpperCase()}`, { key });
        expect([answer.statusCode, answer.json().tenant_id]).toEqual([200, client]);
      }
      expect((await app.call(`GET /tenants/${ROOT_TENANT_ID}`)).json().parent_tenant_id).toBeNull();
      expect((await app.call(`GET /tenants/${grandchild}`)).statusCode).toBe(200);
    });

    it('hides the seller, strangers, grandchildren and what is not there, before scopes', async () => {
      const { api_key: reader } = await makeKey(app, agency, { scopes: ['read'] });
      for (const id of [ROOT_TENANT_ID, stranger, grandchild, newId(app.clock.now()), 'nonsense']) {
        const read = await app.call(`GET /tenants/${id}`, { key: agency_key });
        expect(refusal(read)).toEqual([404, 'not_found']);
        const write = await app.call(`PATCH /tenants/${id}`, { key: reader, body: { name: 'Mine' } });
        expect(refusal(write)).toEqual([404, 'not_found']);
      }
      expect(refusal(await app.call(`GET /tenants/${agency}`, { key: client_key }))).toEqual([
        404,
        'not_found',
      ]);
    });

    it('changes the name, for the tenant and its seller', async () => {
      for (const [key, name] of [
        [client_key, 'Renamed by itself'],
        [agency_key, 'Renamed by its seller'],
      ] as const) {
        const answer = await app.call(`PATCH /tenants/${client}`, { key, body: { name } });
        expect([answer.statusCode, answer.json().name]).toEqual([200, name]);
      }
      const unchanged = await app.call(`PATCH /tenants/${client}`, { key: client_key, body: {} });
      expect([unchanged.statusCode, unchanged.json().name]).toEqual([200, 'Renamed by its seller']);
    });

    it('leaves tier and shortfall cap to the operator', async () => {
      for (const body of [
        { tier_name: 'enterprise' },
        { shortfall_cap_tokens: 5 },
        { tier_name: 'no_such' },
      ]) {
        const answer = await app.call(`PATCH /tenants/${client}`, { key: agency_key, body });
        expect(refusal(answer)).toEqual([403, 'operator_only']);
      }
      const largest = Number.MAX_SAFE_INTEGER;
      const body = { tier_name: 'starter', shortfall_cap_tokens: largest, name: 'All at once' };
      const changed = await app.call(`PATCH /tenants/${stranger}`, { body });
      expect([changed.statusCode, changed.json()]).toMatchObject([200, body]);
      const none = await app.call(`PATCH /tenants/${stranger}`, { body: { shortfall_cap_tokens: 0 } });
      expect(none.json()).toMatchObject({ ...body, shortfall_cap_tokens: 0 });
    });

    it('refuses an unknown tier, and takes one of the platform for a grandchild', async () => {
      const unknown = await app.call(`PATCH /tenants/${grandchild}`, { body: { tier_name: 'platinum' } });
      expect(refusal(unknown)).toEqual([422, 'request_invalid']);
      const known = await app.call(`PATCH /tenants/${grandchild}`, { body: { tier_name: 'professional' } });
      expect([known.statusCode, known.json().tier_name]).toEqual([200, 'professional']);
    });
  });

  describe('GET /subscription-tiers', () => {
    const shipped = ['agency', 'enterprise', 'free', 'professional', 'starter', 'white_label'];

    it('shows the six tiers to everybody, whoever sold to them, in pages', async () => {
      for (const tenant_id of [ROOT_TENANT_ID, agency, client, grandchild]) {
        const headers = { 'tallystick-tenant': tenant_id };
        const first = await app.call('GET /subscription-tiers?limit=4', { headers });
        const rest = await app.call(`GET /subscription-tiers?limit=4&cursor=${first.json().next_cursor}`, {
          headers,
        });
        const rows = [...first.json().data, ...rest.json().data];
        expect(rows.map((row) => row.tier_name).sort()).toEqual(shipped);
        expect(rest.json().next_cursor).toBeNull();
        const children = rows.filter((row) => row.may_have_child_tenants).map((row) => row.tier_name);
        expect(children.sort()).toEqual(['agency', 'white_label']);
      }
    });
  });
});
