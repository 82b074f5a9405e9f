import { expect, test } from 'vitest';
import { MemoryLimitStore } from './memory-store.ts';

const bucket = (key: string, limit = 10) => ({ key, limit, window_ms: 1000, cost: 1 });

test('a call is taken from all buckets or from none', () => {
  const store = new MemoryLimitStore();
  const both = [bucket('wide'), bucket('narrow', 1)];
  expect(store.take('tenant', both, 0).admitted).toBe(true);
  const refused = store.take('tenant', both, 0);
  expect([refused.admitted, refused.states]).toEqual([
    false,
    [
      { level: 1000, at_ms: 0 },
      { level: 1000, at_ms: 0 },
    ],
  ]);
  expect(store.peek('tenant', [bucket('wide')], 0).states).toEqual([{ level: 1000, at_ms: 0 }]);
});

test('tenants have nothing to do with each other', () => {
  const store = new MemoryLimitStore();
  expect(store.take('one', [bucket('a', 1)], 0).admitted).toBe(true);
  expect(store.take('other', [bucket('a', 1)], 0).admitted).toBe(true);
  expect(store.take('one', [bucket('a', 1)], 0).admitted).toBe(false);
});

test('it is bounded: drained buckets go first, then the one that would be empty soonest', () => {
  const store = new MemoryLimitStore(3);
  store.take('t', [bucket('slow', 1)], 0);
  store.take('t', [bucket('soon', 100)], 0);
  store.take('t', [bucket('later', 2)], 0);
  store.take('t', [bucket('new', 1)], 1);
  expect(store.size).toBe(3);
  expect(store.peek('t', [bucket('soon', 100)], 1).states[0]?.level).toBe(0);
  expect(store.peek('t', [bucket('slow', 1)], 1).admitted).toBe(false);
  // By now 'later' is empty, and goes although others would be empty soon.
  store.take('t', [bucket('newer', 1)], 600);
  expect(store.size).toBe(3);
  expect(store.peek('t', [bucket('slow', 1)], 600).admitted).toBe(false);
  expect(store.peek('t', [bucket('new', 1)], 600).admitted).toBe(false);
});
