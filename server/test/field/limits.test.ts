import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { monotonicMs } from '../../src/clock/index.ts';
import {
  describeOnEachDatabase,
  describeOnRedis,
  findRedisProgram,
  makeTestDatabase,
  startRedis,
  type TestDatabase,
} from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { type SilentServer, silentServer } from '../rate-limits/silent-server.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';

// What users of other systems complain about, each case a test.

describeOnEachDatabase('limits whose store hangs', (getDb) => {
  let app: TestApp;
  let silent: SilentServer;
  beforeAll(async () => {
    silent = await silentServer();
    app = await testApp(getDb(), { env: { REDIS_URL: silent.url } });
  });
  afterAll(async () => {
    await app.composition.services.limits.close();
    await app.server.close();
    await silent.close();
  });

  const read = (studio: Studio) => studio.call('GET /ai-tokens/balance');
  async function limitedTo(on_store_failure: string): Promise<Studio> {
    const studio = await makeStudio(app);
    await studio.operate('PUT /rate-limit-policies/narrow', {
      limit: 2,
      window_seconds: 60,
      on_store_failure,
    });
    return studio;
  }

  test('a policy that fails open lets in, and says nothing about what it cannot know', async () => {
    const studio = await limitedTo('open');
    for (let call = 0; call < 5; call++) {
      const answer = await read(studio);
      expect(answer.statusCode, answer.body).toBe(200);
      expect(answer.headers['ratelimit-policy']).toBe('"requests_per_minute";q=600;w=60');
    }
  });

  test('a policy that fails closed is a 503 with Retry-After, never a fake 429', async () => {
    const studio = await limitedTo('closed');
    for (let call = 0; call < 5; call++) {
      const answer = await read(studio);
      expect(refusal(answer)).toEqual([503, 'limits_unavailable']);
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect(refusal(await studio.call('GET /api-usage/rate-limit'))).toEqual([503, 'limits_unavailable']);
  });

  test('a policy that goes on by itself limits in this process, exactly', async () => {
    const studio = await limitedTo('local');
    expect((await read(studio)).statusCode).toBe(200);
    expect((await read(studio)).statusCode).toBe(200);
    const refused = await read(studio);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '30']);
    app.clock.advance(30_000);
    expect((await read(studio)).statusCode).toBe(200);
  });

  test('no call waits for it longer than the deadline', async () => {
    const studio = await limitedTo('local');
    const began = monotonicMs();
    await read(studio);
    expect(monotonicMs() - began).toBeLessThan(500);
  });
});

describeOnRedis('limits of several processes', (getUrl) => {
  let database: TestDatabase;
  let apps: TestApp[];
  beforeAll(async () => {
    database = await makeTestDatabase('pglite');
    const db = await database.open();
    // Two processes as far as the limits can tell: caches and memories of their own, one Redis.
    const first = await testApp(db, { env: { REDIS_URL: getUrl() } });
    const { clock, operator_key } = first;
    apps = [first, await testApp(db, { env: { REDIS_URL: getUrl() }, clock, operator_key })];
  });
  afterAll(async () => {
    for (const app of apps) {
      await app.composition.services.limits.close();
      await app.server.close();
    }
    await database.remove();
  });
  const at = (number: number) => apps[number] as TestApp;

  test('a change is in force at once where it was made, and within a second elsewhere', async () => {
    const studio = await makeStudio(at(0));
    const read = (number: number) => at(number).call('GET /ai-tokens/balance', { key: studio.key });
    expect((await read(1)).statusCode).toBe(200);
    await studio.operate('PUT /rate-limit-policies/stop', { limit: 1, window_seconds: 3600 });
    const began = monotonicMs();
    expect((await read(0)).statusCode).toBe(200);
    expect((await read(0)).statusCode).toBe(429);
    await expect.poll(async () => (await read(1)).statusCode, { timeout: 5000, interval: 20 }).toBe(429);
    expect(monotonicMs() - began).toBeLessThan(1000);
  });

  test('they admit together what one would', async () => {
    const studio = await makeStudio(at(0));
    await studio.operate('PUT /rate-limit-policies/together', { limit: 7, window_seconds: 3600 });
    const calls = Array.from({ length: 30 }, (_, call) =>
      at(call % 2).call('GET /ai-tokens/balance', { key: studio.key }),
    );
    const answers = await Promise.all(calls);
    expect(answers.filter((answer) => answer.statusCode === 200).length).toBe(7);
    expect(answers.filter((answer) => answer.statusCode === 429).length).toBe(23);
  });
});

describeOnRedis('a Redis that hangs while calls are made', () => {
  test('costs no call more than its deadline, and ends in what the policy says', async () => {
    const redis = await startRedis(findRedisProgram() ?? '');
    const database = await makeTestDatabase('pglite');
    const app = await testApp(await database.open(), { env: { REDIS_URL: redis.url } });
    const studio = await makeStudio(app);
    const times: number[] = [];
    const timed = async (call: () => Promise<{ statusCode: number; body: string }>) => {
      const began = monotonicMs();
      const answer = await call();
      times.push(monotonicMs() - began);
      return answer.statusCode;
    };
    const read = () => timed(() => studio.call('GET /ai-tokens/balance'));
    let made = 0;
    const decide = () =>
      timed(() => studio.operate('POST /decisions', { api_key: studio.key, request_id: `call-${made++}` }));
    const twice = { limit: 2, window_seconds: 3600 };
    const endpoint = '/ai-tokens/balance';
    try {
      const reads = { ...twice, endpoint };
      // Closed at first, so that what Redis has no time for on a busy machine is not counted in memory.
      await studio.operate('PUT /rate-limit-policies/reads', { ...reads, on_store_failure: 'closed' });
      await expect.poll(read, { timeout: 10_000 }).toBe(200);
      await studio.operate('PUT /rate-limit-policies/reads', { ...reads, on_store_failure: 'local' });
      redis.freeze();
      times.length = 0;
      // Its own memory begins empty: it lets two in, whatever Redis had counted.
      expect([await read(), await read(), await read()]).toEqual([200, 200, 429]);
      await studio.operate('PUT /rate-limit-policies/decisions', { ...twice, on_store_failure: 'closed' });
      expect([await decide(), await decide()]).toEqual([503, 503]);
      await studio.operate('PUT /rate-limit-policies/decisions', { ...twice, on_store_failure: 'open' });
      expect([await decide(), await decide(), await decide()]).toEqual([200, 200, 200]);
      // The deadline is 50 ms; what else a call does, on a machine that is busy, is the rest.
      expect(Math.max(...times)).toBeLessThan(1000);
    } finally {
      redis.thaw();
      await app.composition.services.limits.close();
      await app.server.close();
      await database.remove();
      await redis.stop();
    }
  });
});

describeOnEachDatabase('limits that tell what they know', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  test('Retry-After is in seconds, and never earlier than the window that governs', async () => {
    const studio = await makeStudio(app);
    const put = (name: string, body: object) => studio.operate(`PUT /rate-limit-policies/${name}`, body);
    await put('short', { limit: 1, window_seconds: 2 });
    await put('long', { limit: 2, window_seconds: 1000 });
    const read = () => studio.call('GET /ai-tokens/balance');
    expect((await read()).statusCode).toBe(200);
    expect((await read()).headers['retry-after']).toBe('2');
    app.clock.advance(2000);
    expect((await read()).statusCode).toBe(200);
    // Both refuse now: the short one for 2 s, the long one until half of its window has gone by.
    const refused = await read();
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '498']);
    app.clock.advance(497_999);
    expect((await read()).statusCode).toBe(429);
    app.clock.advance(1);
    expect((await read()).statusCode).toBe(200);
  });

  test('a peek has no side effects: however often it looks, the next calls are the same', async () => {
    const [looked_at, left_alone] = [await makeStudio(app), await makeStudio(app)];
    const headers: unknown[][] = [];
    for (const studio of [looked_at, left_alone]) {
      await studio.operate('PUT /rate-limit-policies/burst', { limit: 3, window_seconds: 60 });
      const seen: unknown[] = [];
      for (let call = 0; call < 4; call++) {
        if (studio === looked_at)
          for (let look = 0; look < 5; look++) await studio.call('GET /api-usage/rate-limit');
        const answer = await studio.call('GET /ai-tokens/balance');
        seen.push(answer.statusCode, answer.headers.ratelimit, answer.headers['retry-after']);
      }
      headers.push(seen);
    }
    expect(headers[0]).toEqual(headers[1]);
    expect(headers[0]?.at(-3)).toBe(429);
  });
});

describe('client addresses', () => {
  let database: TestDatabase;
  let app: TestApp;
  const start = async (env: Record<string, string>) => {
    database = await makeTestDatabase('pglite');
    app = await testApp(await database.open(), { env });
  };
  afterEach(async () => {
    await app.server.close();
    await database.remove();
  });
  /** Requests without a valid key until the first one that is not a 401, at most 700. */
  async function until429(from: (request: number) => { remote_address?: string; forwarded?: string }) {
    for (let request = 0; request < 700; request++) {
      const { remote_address, forwarded } = from(request);
      const answer = await app.call('GET /ai-tokens/balance', {
        key: 'no-such-key',
        ...(remote_address === undefined ? {} : { remote_address }),
        ...(forwarded === undefined ? {} : { headers: { 'x-forwarded-for': forwarded } }),
      });
      if (answer.statusCode !== 401) return { request, answer };
    }
    return undefined;
  }

  test('an untrusted X-Forwarded-For is ignored: claiming other addresses does not help', async () => {
    await start({});
    const stopped = await until429((request) => ({ forwarded: `192.0.2.${request % 250}` }));
    expect(stopped?.request).toBe(600);
    expect(refusal(stopped?.answer as never)).toEqual([429, 'rate_limited']);
    expect(stopped?.answer.headers['retry-after']).toBe('1');
  });

  test('a valid key is let in from an address that had too many failures', async () => {
    await start({});
    await until429(() => ({}));
    expect((await app.call('GET /ai-tokens/balance')).statusCode).toBe(200);
  });

  test('a trusted proxy speaks for its clients, and only for the hop that it saw', async () => {
    await start({ TRUST_PROXY: '1' });
    expect(await until429((request) => ({ forwarded: `192.0.2.${request % 250}` }))).toBeUndefined();
    const stopped = await until429((request) => ({ forwarded: `198.51.100.${request % 250}, 203.0.113.9` }));
    expect(stopped?.request).toBe(600);
  });

  test('IPv6 counts by /64: a neighbour in one network is the same client, in another not', async () => {
    await start({});
    const of = (network: string) => (request: number) => ({
      remote_address: `2001:db8:0:${network}::${request.toString(16)}`,
    });
    expect((await until429(of('1')))?.request).toBe(600);
    expect((await until429(of('1')))?.request).toBe(0);
    expect((await until429(of('2')))?.request).toBe(600);
  });
});
