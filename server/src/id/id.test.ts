import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  hashApiKey,
  hasValidChecksum,
  makeApiKey,
  newId,
  ROOT_TENANT_ID,
  systemRandom,
  timeOfId,
} from './index.ts';

describe('ids', () => {
  test('an id carries exactly its time and is a UUIDv7', () => {
    const day = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(day, bytes, (now, drawn) => {
        const id = newId(now, () => Buffer.from(drawn));
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(timeOfId(id)).toEqual(now);
      }),
    );
  });

  test('the same randomness gives the same id, the system none twice', () => {
    const now = new Date(1_700_000_000_000);
    const fixed = () => Buffer.alloc(10, 255);
    expect(newId(now, fixed)).toBe(newId(now, fixed));
    expect(newId(now, fixed)).toBe('018bcfe5-6800-7fff-bfff-ffffffffffff');
    expect(new Set(Array.from({ length: 5000 }, () => newId(now))).size).toBe(5000);
  });

  test('what is no UUIDv7 has no time, and an id no time outside of it', () => {
    expect(timeOfId(ROOT_TENANT_ID).getTime()).toBe(0x019000000000);
    expect(() => timeOfId('5f0c2b1e-0000-4000-8000-000000000000')).toThrow(RangeError);
    expect(() => newId(new Date(Number.NaN))).toThrow(RangeError);
    expect(() => newId(new Date(-1))).toThrow(RangeError);
  });

  test('a draw larger than the pool is served too', () => {
    expect(systemRandom(20_000)).toHaveLength(20_000);
  });
});

describe('api keys', () => {
  test('a made key has its shape, its checksum and a SHA-256', () => {
    const key = makeApiKey();
    expect(key).toMatch(/^tally_live_[0-9A-Za-z]{33}_[0-9A-Za-z]{6}$/);
    expect(hasValidChecksum(key)).toBe(true);
    expect(hashApiKey(key)).toEqual(createHash('sha256').update(key).digest());
    expect(makeApiKey()).not.toBe(key);
    expect(hasValidChecksum(makeApiKey(() => Buffer.alloc(24)))).toBe(true);
    expect(hasValidChecksum(makeApiKey(() => Buffer.alloc(24, 255)))).toBe(true);
  });

  test('one wrong character, a cut or a swap of neighbours is caught', () => {
    const key = makeApiKey();
    for (let index = 11; index < key.length; index += 1) {
      const other = key[index] === 'x' ? 'y' : 'x';
      expect(hasValidChecksum(key.slice(0, index) + other + key.slice(index + 1))).toBe(false);
      expect(hasValidChecksum(key.slice(0, index))).toBe(false);
      const swapped = key.slice(0, index - 1) + key[index] + key[index - 1] + key.slice(index + 1);
      expect(hasValidChecksum(swapped)).toBe(swapped === key);
    }
    expect(hasValidChecksum('')).toBe(false);
    expect(hasValidChecksum(`${key}\n`)).toBe(false);
  });
});
