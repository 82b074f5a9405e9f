import { expect, test } from 'vitest';
import { KnownKeys, type LaneKey, nameOfKey } from './known-keys.ts';

const tenant_id = 'a-tenant';

function keyOf(key: string): LaneKey {
  const name = nameOfKey({ tenant_id, namespace: 'usage', key });
  const stored = { body_hash: Buffer.alloc(32), status_code: 201, ref_id: key, expires_at: null };
  return { ...stored, name, tenant_id, pending: true };
}

test('a pending key is stored once its tenant was written, and forgotten where it was not', () => {
  const keys = new KnownKeys();
  const [written, lost] = [keyOf('written'), { ...keyOf('lost'), tenant_id: 'another' }];
  keys.keep(written);
  keys.keep(lost);
  keys.settle([written, lost], new Set([tenant_id]));
  expect(keys.get(written.name)).toMatchObject({ ref_id: 'written', pending: false });
  expect(keys.get(lost.name)).toBeUndefined();
  keys.forget([written]);
  expect(keys.get(written.name)).toBeUndefined();
});

test('the latest keys are remembered, and no more than twice as many', () => {
  const keys = new KnownKeys(10);
  const all = Array.from({ length: 100 }, (_, n) => keyOf(`key-${n}`));
  for (const [n, key] of all.entries()) {
    keys.keep(key);
    for (const late of all.slice(Math.max(0, n - 9), n + 1)) expect(keys.get(late.name)).toBe(late);
    expect(all.filter(({ name }) => keys.get(name)).length).toBeLessThanOrEqual(20);
  }
});

test('a stored key that is not remembered makes the next batches read, as long as such keys are found', () => {
  const keys = new KnownKeys();
  const stored = { tenant_id, namespace: 'usage', key: 'of another', body_hash: Buffer.alloc(32) };
  const row = { ...stored, status_code: 201, response: null, ref_id: 'a use', expires_at: null };
  expect(keys.readsNext()).toBe(false);
  const readsLeft = () => {
    let reads = 0;
    while (keys.readsNext()) reads += 1;
    return reads;
  };
  keys.doubt();
  const of_one = readsLeft();
  expect(of_one).toBeGreaterThan(1);
  keys.heard([row]);
  expect(readsLeft()).toBe(of_one);
  keys.keep({ ...keyOf('of another'), pending: false });
  keys.heard([row]);
  expect(readsLeft()).toBe(0);
});
