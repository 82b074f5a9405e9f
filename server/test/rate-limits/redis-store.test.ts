import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { monotonicMs } from '../../src/clock/index.ts';
import { newId } from '../../src/id/index.ts';
// The stores themselves are under test here; others reach them through RateLimits.
import { LIMIT_MAX, WINDOW_SECONDS_MAX } from '../../src/rate-limits/gcra.ts';
import { RedisLimitStore } from '../../src/rate-limits/index.ts';
import { LimitStoreUnavailableError } from '../../src/rate-limits/limit-store.ts';
import { MemoryLimitStore } from '../../src/rate-limits/memory-store.ts';
import { REDIS_DEADLINE_MS } from '../../src/rate-limits/redis-store.ts';
import { describeOnRedis, findRedisProgram, type RedisServer, startRedis } from '../harness/index.ts';
import { silentServer } from './silent-server.ts';

const START = Date.UTC(2026, 0, 1);
const bucket = { key: 'tenant:burst:60', limit: 3, window_ms: 60_000, cost: 1 };
/** Well beyond a deadline, on a machine that does other things too. */
const NOT_LATE_MS = REDIS_DEADLINE_MS * 5;

function openStore(url: string, lines: string[] = [], monotonic_ms = monotonicMs): Promise<RedisLimitStore> {
  const note = (_fields: object, message: string) => void lines.push(message);
  return RedisLimitStore.open(url, { monotonic_ms, log: { info: note, warn: note } });
}

const freshTenant = () => newId(new Date(START));

describeOnRedis('buckets in Redis', (getUrl) => {
  let store: RedisLimitStore;
  let redis: Redis;
  beforeAll(async () => {
    store = await openStore(getUrl());
    redis = new Redis(getUrl());
  });
  afterAll(async () => {
    await store.close();
    redis.disconnect();
  });

  test('answer as those in memory do, to the unit', async () => {
    const quota = fc.record({
      limit: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: LIMIT_MAX })),
      window_ms: fc.oneof(
        fc.integer({ min: 5_000, max: 60_000 }),
        fc.integer({ min: 5_000, max: WINDOW_SECONDS_MAX * 1000 }),
      ),
    });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const step = fc.record({
      take: fc.boolean(),
      // Forwards, now and then backwards; a limit that changes on the way is another quota under the same key.
      passed: fc.double({ min: -0.1, max: 0.6, noNaN: true }),
      shares: fc.array(share, { minLength: 3, maxLength: 3 }),
      larger: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(quota, { minLength: 1, maxLength: 3 }),
        fc.array(step, { minLength: 1, maxLength: 25 }),
        async (quotas, steps) => {
          const memory = new MemoryLimitStore();
          const tenant_id = freshTenant();
          let now_ms = START;
          for (const { take, passed, shares, larger } of steps) {
            now_ms += Math.round(passed * (quotas[0]?.window_ms ?? 0));
            const buckets = quotas.map(({ limit, window_ms }, index) => {
              const now_limit = larger ? Math.min(LIMIT_MAX, limit * 2) : limit;
              const cost = Math.max(1, Math.round((shares[index] ?? 0) * now_limit));
              return { key: `b${index}`, limit: now_limit, window_ms, cost };
            });
            const how = take ? 'take' : 'peek';
            expect(await store[how](tenant_id, buckets, now_ms)).toEqual(
              memory[how](tenant_id, buckets, now_ms),
            );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('live for their window, under a hash tag of their tenant', async () => {
    const tenant_id = freshTenant();
    await store.take(tenant_id, [bucket, { ...bucket, key: 'other' }], START);
    const keys = await redis.keys(`*${tenant_id}*`);
    expect(keys.length).toBe(2);
    for (const key of keys) {
      expect(key.startsWith(`tallystick:{${tenant_id}}:`)).toBe(true);
      expect(await redis.pttl(key)).toSatisfy((left: number) => left > 50_000 && left <= 60_000);
    }
  });

  test('are not written by a peek, nor by a call that is refused', async () => {
    const tenant_id = freshTenant();
    await store.peek(tenant_id, [bucket], START);
    expect(await redis.keys(`*${tenant_id}*`)).toEqual([]);
    for (let call = 0; call < 3; call++) await store.take(tenant_id, [bucket], START);
    const key = `tallystick:{${tenant_id}}:limit:${bucket.key}`;
    const before = await redis.get(key);
    expect((await store.take(tenant_id, [bucket], START + 1)).admitted).toBe(false);
    expect(await redis.get(key)).toBe(before);
  });

  test('are shared by processes: two of them admit what one would', async () => {
    const second = await openStore(getUrl());
    const tenant_id = freshTenant();
    const wide = { ...bucket, limit: 50 };
    const asked = Array.from({ length: 200 }, (_, call) =>
      (call % 2 === 0 ? store : second).take(tenant_id, [wide], START),
    );
    const admitted = (await Promise.all(asked)).filter((taken) => taken.admitted);
    expect(admitted.length).toBe(50);
    await second.close();
  });

  test('survive a Redis that forgot the script', async () => {
    const tenant_id = freshTenant();
    await redis.script('FLUSH');
    expect((await store.take(tenant_id, [bucket], START)).admitted).toBe(true);
  });

  test('a Redis that refuses is as good as away, and is asked again', async () => {
    const tenant_id = freshTenant();
    const key = `tallystick:{${tenant_id}}:limit:${bucket.key}`;
    await redis.lpush(key, 'no bucket');
    await expect(store.take(tenant_id, [bucket], START)).rejects.toThrow(LimitStoreUnavailableError);
    await redis.del(key);
    expect((await store.take(tenant_id, [bucket], START)).admitted).toBe(true);
  });
});

test('a store that accepts and never answers costs a call its deadline at most, and then nothing', async () => {
  const silent = await silentServer();
  const lines: string[] = [];
  const store = await openStore(silent.url, lines);
  try {
    for (let call = 0; call < 20; call++) {
      const began = monotonicMs();
      await expect(store.take(freshTenant(), [bucket], START)).rejects.toThrow(LimitStoreUnavailableError);
      expect(monotonicMs() - began).toBeLessThan(NOT_LATE_MS);
    }
    expect(lines).toEqual([expect.stringContaining('Redis is away')]);
  } finally {
    await store.close();
    await silent.close();
  }
});

test('a store that is not there at all does not keep the server from starting', async () => {
  const silent = await silentServer();
  await silent.close();
  const began = monotonicMs();
  const store = await openStore(silent.url);
  await expect(store.take(freshTenant(), [bucket], START)).rejects.toThrow(LimitStoreUnavailableError);
  expect(monotonicMs() - began).toBeLessThan(5000);
  await store.close();
});

describeOnRedis('a Redis that hangs after it had answered', () => {
  let server: RedisServer;
  let store: RedisLimitStore;
  afterEach(async () => {
    server.thaw();
    await store.close();
    await server.stop();
  });

  test('is asked three times in vain, then let alone for a second, and used again when it is back', async () => {
    server = await startRedis(findRedisProgram() ?? '');
    let now_ms = 0;
    const lines: string[] = [];
    store = await openStore(server.url, lines, () => now_ms);
    const tenant_id = freshTenant();
    expect((await store.take(tenant_id, [bucket], START)).admitted).toBe(true);
    server.freeze();
    const wait = async () => {
      const began = monotonicMs();
      await expect(store.take(tenant_id, [bucket], START)).rejects.toThrow(LimitStoreUnavailableError);
      return monotonicMs() - began;
    };
    for (let call = 0; call < 3; call++) {
      const waited = await wait();
      expect(waited).toBeGreaterThan(REDIS_DEADLINE_MS - 5);
      expect(waited).toBeLessThan(NOT_LATE_MS);
    }
    for (let call = 0; call < 50; call++) expect(await wait()).toBeLessThan(REDIS_DEADLINE_MS / 2);
    server.thaw();
    // What it heard while it hung it may have counted late, so another tenant tells that it is back.
    await expect
      .poll(
        async () => {
          now_ms += 1000;
          return await store.take(freshTenant(), [bucket], START).catch((error: Error) => error.name);
        },
        { timeout: 10_000 },
      )
      .toMatchObject({ admitted: true });
    expect(lines.map((line) => line.slice(0, 13))).toEqual(['Redis is away', 'Redis is back']);
  });
});
