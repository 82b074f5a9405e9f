import { expect, test } from 'vitest';
import { PolicyCache } from './policy-cache.ts';

const sources = (calls_per_minute: number) => ({ tenant: [], calls_per_minute, platform: [] });

test('callers of one moment share a read, and half a second later it is read again', async () => {
  let now_ms = 0;
  let reads = 0;
  const cache = new PolicyCache(
    async () => sources(++reads),
    () => now_ms,
  );
  const [one, other] = await Promise.all([cache.get('t'), cache.get('t')]);
  expect([one.calls_per_minute, other.calls_per_minute]).toEqual([1, 1]);
  now_ms = 499;
  expect((await cache.get('t')).calls_per_minute).toBe(1);
  now_ms = 500;
  expect((await cache.get('t')).calls_per_minute).toBe(2);
});

test('a read that a change overtook serves nobody who asks after the change', async () => {
  const waiting: ((value: number) => void)[] = [];
  const cache = new PolicyCache(
    () => new Promise((resolve) => waiting.push((value) => resolve(sources(value)))),
    () => 0,
  );
  const before = cache.get('t');
  cache.forget('t');
  const after = cache.get('t');
  waiting[1]?.(2);
  waiting[0]?.(1);
  expect((await before).calls_per_minute).toBe(1);
  expect((await after).calls_per_minute).toBe(2);
  expect((await cache.get('t')).calls_per_minute).toBe(2);
});

test('a read that failed is not kept', async () => {
  let reads = 0;
  const cache = new PolicyCache(
    async () => {
      reads += 1;
      if (reads === 1) throw new Error('away');
      return sources(reads);
    },
    () => 0,
  );
  await expect(cache.get('t')).rejects.toThrow('away');
  expect((await cache.get('t')).calls_per_minute).toBe(2);
});
