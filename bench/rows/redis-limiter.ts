import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { monotonicMs } from '../../server/src/clock/index.ts';
import { RateLimits, RedisLimitStore } from '../../server/src/rate-limits/index.ts';
import { openCalls } from '../limiters/calls.ts';
import { makeLimitedKeys, POINTS, WINDOWS } from '../limiters/our-limits.ts';
import { peerVersion } from '../limiters/peer-version.ts';
import type { BenchRow } from '../row.ts';
import { ownProcess } from '../run/processor-time.ts';
import { composeForBench } from '../token-debits/books.ts';

const CALLERS = 512;

/** Deciding about a call in a Redis that processes share. Redis's own processor time is on neither side. */
export const redisLimiter: BenchRow = {
  name: 'redis-limiter',
  work: 'calls of 1,000 keys, 512 in flight, each decided in Redis by one window, with the figures for the headers and a deadline; against the limiter on the same client and server that also has one window',
  compare: 'throughput',
  goal: 2,
  needs: ['redis_url'],
  open: async (context) => {
    const url = context.redis_url ?? '';
    const composition = await composeForBench({ folder: context.folder });
    const { db, clock } = composition;
    const log = { info: () => undefined, warn: () => undefined };
    const shared = await RedisLimitStore.open(url, { monotonic_ms: monotonicMs, log });
    const limits = new RateLimits({ db, clock, monotonic_ms: monotonicMs, shared });
    const keys = await makeLimitedKeys(composition, { every_window: false });
    const ours = await openCalls(`Tallystick, ${CALLERS} in flight`, keys, {
      callers: CALLERS,
      clock: ownProcess,
      decide: async ({ tenant_id, api_key_id }) => {
        const { outcome } = await limits.take({ tenant_id, api_key_id, endpoint: '/reports' });
        if (outcome !== 'allowed') throw new Error(`a call was ${outcome}`);
      },
      close: async () => {
        await limits.close();
        await composition.close();
      },
    });
    const storeClient = new Redis(url);
    const limiter = new RateLimiterRedis({
      storeClient,
      keyPrefix: 'peer',
      points: POINTS,
      duration: WINDOWS.minute.window_seconds,
    });
    const theirs = await openCalls(`rate-limiter-flexible ${peerVersion()}, ${CALLERS} in flight`, keys, {
      callers: CALLERS,
      clock: ownProcess,
      // It rejects where the answer is no.
      decide: ({ api_key_id }) => limiter.consume(api_key_id),
      close: async () => storeClient.disconnect(),
    });
    return { ours, theirs };
  },
};
