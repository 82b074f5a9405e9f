import { expect, it } from 'vitest';
import { bodyHash, canonicalJson, toJson } from './index.ts';

it('makes plain JSON of bigint and Date, and drops what is undefined', () => {
  const at = new Date('2026-01-31T23:59:59.999+01:00');
  expect(toJson({ tokens: 2n ** 53n - 1n, list: [at, -5n, undefined], gone: undefined, none: null })).toEqual(
    {
      tokens: Number.MAX_SAFE_INTEGER,
      list: ['2026-01-31T22:59:59.999Z', -5, null],
      none: null,
    },
  );
});

it('refuses what JSON cannot carry exactly', () => {
  for (const inexact of [2n ** 53n, -(2n ** 53n), Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => toJson({ deep: [inexact] })).toThrow(RangeError);
  }
  expect(() => toJson(() => 1)).toThrow(TypeError);
  expect(() => toJson({ at: new Date(Number.NaN) })).toThrow(RangeError);
});

it('hashes equal requests alike, whatever the order of their members', () => {
  const one = { b: [{ y: 1, x: 2 }], a: '1', __proto__x: { '10': 1, '9': 2 } };
  const two = { __proto__x: { '9': 2, '10': 1 }, a: '1', b: [{ x: 2, y: 1 }] };
  expect(canonicalJson(one)).toBe(canonicalJson(two));
  expect(bodyHash(one)).toEqual(bodyHash(two));
  expect(bodyHash(one)).toHaveLength(32);
  const different = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: null }, {}, [], [1, 2], [2, 1], null, ''];
  expect(new Set(different.map((value) => bodyHash(value).toString('hex'))).size).toBe(different.length);
});
