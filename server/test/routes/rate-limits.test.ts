import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant, refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, type Studio, studioOf } from './token-fixtures.ts';

const burst = { limit: 3, window_seconds: 60 };

describeOnEachDatabase('rate limits', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  const read = (studio: Studio) => studio.call('GET /ai-tokens/balance');
  const statuses = async (times: number, call: () => Promise<{ statusCode: number }>) => {
    const seen: number[] = [];
    for (let time = 0; time < times; time++) seen.push((await call()).statusCode);
    return seen;
  };
  const put = (studio: Studio, name: string, body: object) =>
    studio.operate(`PUT /rate-limit-policies/${name}`, body);

  describe('a policy', () => {
    test('201 new, 200 replaced, and read back', async () => {
      const studio = await makeStudio(app);
      const made = await put(studio, 'burst', burst);
      expect([made.statusCode, made.json()]).toEqual([
        201,
        {
          name: 'burst',
          ...burst,
          cost: 1,
          endpoint: null,
          api_key_id: null,
          on_store_failure: 'local',
          set_by_operator: true,
          created_at: app.clock.now().toISOString(),
          updated_at: app.clock.now().toISOString(),
        },
      ]);
      app.clock.advance(5000);
      const replaced = await put(studio, 'burst', { ...burst, limit: 9, cost: 2, on_store_failure: 'open' });
      expect(replaced.statusCode).toBe(200);
      expect(replaced.json()).toMatchObject({
        limit: 9,
        cost: 2,
        created_at: made.json().created_at,
        updated_at: app.clock.now().toISOString(),
      });
      expect((await studio.call('GET /rate-limit-policies/burst')).json()).toEqual(replaced.json());
      const gone = await studio.operate('DELETE /rate-limit-policies/burst');
      expect([gone.statusCode, gone.body]).toEqual([204, '']);
      expect(refusal(await studio.call('GET /rate-limit-policies/burst'))).toEqual([404, 'not_found']);
      expect(refusal(await studio.operate('DELETE /rate-limit-policies/burst'))).toEqual([404, 'not_found']);
    });

    test('the list is paged, newest first, and shows no policy of anybody else', async () => {
      const studio = await makeStudio(app);
      for (const name of ['a', 'b', 'c']) await put(studio, name, burst);
      await put(await makeStudio(app), 'not-mine', burst);
      const first = (await studio.call('GET /rate-limit-policies?limit=2')).json();
      const second = (
        await studio.call(`GET /rate-limit-policies?limit=2&cursor=${first.next_cursor}`)
      ).json();
      const names = [...first.data, ...second.data].map((policy: { name: string }) => policy.name);
      expect([names, second.next_cursor]).toEqual([['c', 'b', 'a'], null]);
    });

    test('422 for a cost beyond the limit, or a key of another tenant', async () => {
      const studio = await makeStudio(app);
      const { api_key_id } = await makeKey(app, await makeTenant(app));
      const dear = await put(studio, 'burst', { ...burst, cost: 4 });
      expect([dear.statusCode, dear.json().errors[0].pointer]).toEqual([422, '/cost']);
      const foreign = await put(studio, 'burst', { ...burst, api_key_id });
      expect([foreign.statusCode, foreign.json().errors[0].pointer]).toEqual([422, '/api_key_id']);
    });

    test('409 for more than fifty, though any of the fifty can be replaced', async () => {
      const studio = await makeStudio(app);
      for (let number = 0; number < 50; number++) await put(studio, `p${number}`, { ...burst, limit: 1000 });
      expect(refusal(await put(studio, 'p50', burst))).toEqual([409, 'rate_limit_policies_too_many']);
      expect((await put(studio, 'p49', burst)).statusCode).toBe(200);
    });

    test('a tenant key makes itself stricter, and changes nothing that it was given', async () => {
      const studio = await makeStudio(app);
      await put(studio, 'given', burst);
      const own = await studio.call('PUT /rate-limit-policies/mine', { limit: 500, window_seconds: 60 });
      expect([own.statusCode, own.json().set_by_operator]).toEqual([201, false]);
      for (const name of ['given', 'requests_per_minute']) {
        const path = `/rate-limit-policies/${name}` as const;
        expect(refusal(await studio.call(`PUT ${path}`, { limit: 1000, window_seconds: 1 }))).toEqual([
          403,
          'operator_only',
        ]);
        expect(refusal(await studio.call(`DELETE ${path}`))).toEqual([403, 'operator_only']);
        app.clock.advance(60_000);
      }
      expect((await studio.call('DELETE /rate-limit-policies/mine')).statusCode).toBe(204);
    });
  });

  describe('a call', () => {
    test('429 with Retry-After beyond a policy, at once after it was set, and let in when that time is over', async () => {
      const studio = await makeStudio(app);
      expect((await read(studio)).statusCode).toBe(200);
      await put(studio, 'burst', burst);
      expect(await statuses(4, () => read(studio))).toEqual([200, 200, 200, 429]);
      const refused = await read(studio);
      expect(refused.json()).toMatchObject({ code: 'rate_limited', type: '/docs/errors/rate_limited' });
      expect(refused.headers['retry-after']).toBe('20');
      app.clock.advance(19_999);
      expect((await read(studio)).statusCode).toBe(429);
      app.clock.advance(1);
      expect(await statuses(2, () => read(studio))).toEqual([200, 429]);
      await put(studio, 'burst', { ...burst, limit: 6 });
      expect((await read(studio)).statusCode).toBe(200);
      await studio.operate('DELETE /rate-limit-policies/burst');
      expect(await statuses(5, () => read(studio))).toEqual([200, 200, 200, 200, 200]);
    });

    test('carries the headers of the draft, let in or not', async () => {
      const studio = await makeStudio(app);
      await put(studio, 'burst', { limit: 2, window_seconds: 60, cost: 2 });
      const let_in = await read(studio);
      expect(let_in.headers['ratelimit-policy']).toBe('"burst";q=2;w=60, "requests_per_minute";q=600;w=60');
      expect(let_in.headers.ratelimit).toBe('"burst";r=0;t=60, "requests_per_minute";r=599;t=1');
      app.clock.advance(1500);
      const refused = await read(studio);
      expect(refused.statusCode).toBe(429);
      expect(refused.headers.ratelimit).toBe('"burst";r=0;t=59, "requests_per_minute";r=600;t=0');
      expect(refused.headers['retry-after']).toBe('59');
    });

    test('a refused call is counted nowhere: all policies or none', async () => {
      const studio = await makeStudio(app);
      await put(studio, 'wide', { limit: 10, window_seconds: 3600 });
      await put(studio, 'narrow', { limit: 1, window_seconds: 60 });
      expect(await statuses(5, () => read(studio))).toEqual([200, 429, 429, 429, 429]);
      expect((await read(studio)).headers.ratelimit).toContain('"wide";r=9;');
    });

    test('a policy of a key is for that key, one of a route for that route', async () => {
      const studio = await makeStudio(app);
      const { api_key, api_key_id } = await makeKey(app, studio.tenant_id);
      const other = studioOf(app, studio.tenant_id, api_key);
      await put(studio, 'requests_per_minute', { limit: 2, window_seconds: 60, api_key_id });
      expect(await statuses(3, () => read(other))).toEqual([200, 200, 429]);
      const unlimited = await read(studio);
      expect(unlimited.headers['ratelimit-policy']).toBe('"requests_per_minute";q=600;w=60');
      const endpoint = '/ai-tokens/holds/:hold_id';
      await put(studio, 'holds', { limit: 1, window_seconds: 60, endpoint });
      const hold = () => studio.call('GET /ai-tokens/holds/01900000-0000-7fff-bfff-ffffffffffff');
      expect(await statuses(2, hold)).toEqual([404, 429]);
      expect((await read(studio)).statusCode).toBe(200);
    });

    test("the root's policies are everybody's, and a tenant key does not replace them", async () => {
      const studio = await makeStudio(app);
      const root = { body: { limit: 2, window_seconds: 60 } };
      await app.call('PUT /rate-limit-policies/everybody', root);
      expect(await statuses(3, () => read(studio))).toEqual([200, 200, 429]);
      app.clock.advance(60_000);
      const replaced = await studio.call('PUT /rate-limit-policies/everybody', {
        limit: 9,
        window_seconds: 1,
      });
      expect(refusal(replaced)).toEqual([403, 'operator_only']);
      await put(studio, 'everybody', { limit: 5, window_seconds: 60 });
      expect((await read(studio)).headers['ratelimit-policy']).toContain('"everybody";q=5;w=60');
      await app.call('DELETE /rate-limit-policies/everybody');
      expect((await read(await makeStudio(app))).headers['ratelimit-policy']).not.toContain('everybody');
    });

    test('a free tenant makes 600 calls in a minute, and a better tier more, from the next call on', async () => {
      const studio = await makeStudio(app);
      const seen = await statuses(601, () => read(studio));
      expect([seen.filter((status) => status === 200).length, seen[600]]).toEqual([600, 429]);
      await app.call(`PATCH /tenants/${studio.tenant_id}`, { body: { tier_name: 'starter' } });
      const better = await read(studio);
      expect([better.statusCode, better.headers.ratelimit]).toEqual([
        200,
        '"requests_per_minute";r=599;t=31',
      ]);
    });

    test('operators are not limited, nor what must never be refused for its number', async () => {
      const studio = await makeStudio(app);
      await studio.buy(1000);
      const hold_id = await studio.hold(10);
      await put(studio, 'burst', { limit: 1, window_seconds: 60 });
      expect(await statuses(2, () => read(studio))).toEqual([200, 429]);
      const operated = await studio.operate('GET /ai-tokens/balance');
      expect([operated.statusCode, operated.headers.ratelimit]).toEqual([200, undefined]);
      const body = { tokens_used: 10 };
      expect((await studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, body)).statusCode).toBe(200);
      expect((await studio.call('GET /api-usage/rate-limit')).statusCode).toBe(200);
      await studio.buy(1000);
    });

    test('a replayed change answers as it did, and the policy holds', async () => {
      const studio = await makeStudio(app);
      const header = { 'idempotency-key': 'once' };
      const path = 'PUT /rate-limit-policies/burst';
      expect((await studio.operate(path, burst, header)).statusCode).toBe(201);
      const again = await studio.operate(path, burst, header);
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, 'true']);
      expect(await statuses(4, () => read(studio))).toEqual([200, 200, 200, 429]);
    });
  });

  describe('the peek', () => {
    const peek = async (studio: Studio, query = '') =>
      (await studio.call(`GET /api-usage/rate-limit${query}`)).json();

    test('without calls and policies: the tier’s limit, untouched', async () => {
      const studio = await makeStudio(app);
      const now = app.clock.now().toISOString();
      const untouched = { limit: 600, remaining: 600, used: 0, exceeded: false, reset_at: now };
      expect(await peek(studio)).toEqual({
        ...untouched,
        policies: [
          {
            name: 'requests_per_minute',
            level: 'tier',
            window_seconds: 60,
            ...untouched,
            reset_after_seconds: 0,
            retry_after_seconds: 0,
          },
        ],
      });
    });

    test('tells the policy nearest its limit, and looks without touching', async () => {
      const studio = await makeStudio(app);
      await put(studio, 'wide', { limit: 100, window_seconds: 60 });
      await put(studio, 'burst', burst);
      await read(studio);
      await read(studio);
      const before = await peek(studio);
      expect(before).toMatchObject({ limit: 3, remaining: 1, used: 2, exceeded: false });
      expect(before.reset_at).toBe(new Date(app.clock.now().getTime() + 40_000).toISOString());
      expect(before.policies.map((policy: { name: string }) => policy.name)).toEqual([
        'burst',
        'requests_per_minute',
        'wide',
      ]);
      for (let time = 0; time < 10; time++) expect(await peek(studio)).toEqual(before);
      await read(studio);
      expect(await peek(studio)).toMatchObject({ remaining: 0, used: 3, exceeded: true });
      const by_operator = await studio.operate('GET /api-usage/rate-limit');
      expect(by_operator.json()).toMatchObject({ remaining: 0, used: 3, exceeded: true });
    });

    test('limit_per_hour: what the calls of the last sixty minutes leave of that many, in every process', async () => {
      const studio = await makeStudio(app);
      const now = app.clock.now();
      const hourly = (limit: number) => peek(studio, `?limit_per_hour=${limit}`);
      expect(await hourly(10)).toMatchObject({
        limit: 10,
        remaining: 10,
        used: 0,
        exceeded: false,
        reset_at: now.toISOString(),
      });
      const ages_seconds = [3600, 3599, 1800, 60, 60];
      const events = ages_seconds.map((age, number) => ({
        id: `call-${number}`,
        endpoint: '/things',
        method: 'GET',
        status_code: number === 3 ? 500 : 200,
        response_time_ms: 1,
        occurred_at: new Date(now.getTime() - age * 1000).toISOString(),
      }));
      const refused = { ...events[4], id: 'refused', status_code: 429 };
      const posted = await studio.call('POST /api-usage/events', [...events, refused]);
      expect(posted.json()).toMatchObject({ accepted: 6, rejected: [] });
      const reset_at = new Date(now.getTime() + 3_540_000).toISOString();
      const four_of_ten = { limit: 10, remaining: 6, used: 4, exceeded: false, reset_at };
      expect(await hourly(10)).toMatchObject(four_of_ten);
      expect(await hourly(10)).toMatchObject(four_of_ten);
      expect(await hourly(4)).toMatchObject({ limit: 4, remaining: 0, used: 4, exceeded: true, reset_at });
      expect(await hourly(1)).toMatchObject({ limit: 1, remaining: 0, used: 4, exceeded: true });
      app.clock.advance(1000);
      expect(await hourly(4)).toMatchObject({ remaining: 1, used: 3, exceeded: false });
      const { policies } = await hourly(4);
      expect(policies.map((policy: { name: string }) => policy.name)).toEqual(['requests_per_minute']);
    });

    test('limit_per_hour counts the calls to this server, once they are recorded, and not the peek', async () => {
      const studio = await makeStudio(app);
      await read(studio);
      await read(studio);
      const hourly = () => peek(studio, '?limit_per_hour=100');
      await expect.poll(async () => (await hourly()).used, { timeout: 10_000 }).toBe(2);
      for (let time = 0; time < 5; time++) expect(await hourly()).toMatchObject({ remaining: 98, used: 2 });
    });
  });
});
