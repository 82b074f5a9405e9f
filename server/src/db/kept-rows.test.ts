import { expect, test } from 'vitest';
import type { Change, ChangeListener } from './change-feed.ts';
import { KeptRows } from './kept-rows.ts';

const KEPT_MS = 10_000;
const ONE = 'one';
const OTHER = 'other';
const changeOf = (tenant_id: string): Change => ({ topic: 'tenants', tenant_id });

/** Rows that say how often they were read, and reads that the test answers where it wants to. */
function keptRows({ rows_max = 10, answer = true, keyed_by_tenant = false } = {}) {
  const state = { now_ms: 0, current: true, reads: 0 };
  const waiting: (() => void)[] = [];
  let tell: ChangeListener = () => undefined;
  const rows = new KeptRows<{ read: number }>({
    changes: {
      kept_ms: KEPT_MS,
      subscribe: (listener) => {
        tell = listener;
      },
      isCurrent: () => state.current,
    },
    now_ms: () => state.now_ms,
    rows_max,
    read: async () => {
      const row = { read: ++state.reads };
      if (!answer) await new Promise<void>((resolve) => waiting.push(resolve));
      return row;
    },
    topics: ['tenants'],
    ...(keyed_by_tenant
      ? {}
      : { concerns: ({ tenant_id }: Change, _row: object, key: string) => tenant_id === key }),
  });
  const read = async (key = ONE) => (await rows.get(key)).read;
  return { rows, read, state, waiting, tell: (change?: Change) => tell(change) };
}

test('callers of one moment share a read, and those after it need none until the time is over', async () => {
  const { rows, read, state } = keptRows();
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  state.now_ms = KEPT_MS - 1;
  expect(rows.get(ONE)).toEqual({ read: 1 });
  state.now_ms = KEPT_MS;
  expect(await read()).toBe(2);
});

const KEYED = [{ keyed_by_tenant: false }, { keyed_by_tenant: true }];

test.each(KEYED)(
  'a change of one is forgotten alone, and a feed that lost track of all: %o',
  async (keyed) => {
    const { read, tell } = keptRows(keyed);
    expect([await read(ONE), await read(OTHER)]).toEqual([1, 2]);
    tell(changeOf(ONE));
    expect([await read(ONE), await read(OTHER)]).toEqual([3, 2]);
    tell({ topic: 'api_keys', tenant_id: ONE });
    expect([await read(ONE), await read(OTHER)]).toEqual([3, 2]);
    tell(undefined);
    expect([await read(ONE), await read(OTHER)]).toEqual([4, 5]);
  },
);

test('one that is forgotten by name is read again, and no other', async () => {
  const { rows, read } = keptRows();
  expect([await read(ONE), await read(OTHER)]).toEqual([1, 2]);
  rows.forget(ONE);
  expect([await read(ONE), await read(OTHER)]).toEqual([3, 2]);
});

test.each(KEYED)(
  'a read that a change overtook serves nobody who asks after the change: %o',
  async (keyed) => {
    const { read, tell, waiting } = keptRows({ answer: false, ...keyed });
    const before = read();
    tell(changeOf(ONE));
    const after = read();
    waiting[1]?.();
    waiting[0]?.();
    expect([await before, await after]).toEqual([1, 2]);
    expect(await read()).toBe(2);
  },
);

test('while the feed is not current everybody reads, and nothing of it is kept', async () => {
  const { read, state } = keptRows();
  expect(await read()).toBe(1);
  state.current = false;
  expect([await read(), await read()]).toEqual([2, 3]);
  state.current = true;
  expect(await read()).toBe(1);
});

test('no more than so many are kept, and those that were read first go', async () => {
  const { read } = keptRows({ rows_max: 2 });
  for (const key of ['a', 'b', 'c']) await read(key);
  expect(await read('c')).toBe(3);
  expect(await read('b')).toBe(2);
  expect(await read('a')).toBe(4);
});

test('what is not there, and what could not be read, is asked for again', async () => {
  const answers = [undefined, new Error('away'), { found: true }];
  const rows = new KeptRows<{ found: boolean } | undefined>({
    changes: { kept_ms: KEPT_MS, subscribe: () => undefined, isCurrent: () => true },
    now_ms: () => 0,
    rows_max: 10,
    read: async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    topics: ['tenants'],
    concerns: () => true,
  });
  expect(await rows.get(ONE)).toBeUndefined();
  await expect(rows.get(ONE)).rejects.toThrow('away');
  expect(await rows.get(ONE)).toEqual({ found: true });
});
