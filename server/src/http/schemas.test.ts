import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeCursor, encodeCursor, pageOf } from './pagination.ts';
import { listQuery, metadata, parseTime, queryInteger, requestKey, uuid } from './schemas.ts';

describe('times', () => {
  it('reads RFC 3339 with any offset, to the millisecond', () => {
    const read = (text: string) => parseTime(text)?.toISOString();
    expect(read('2026-01-31T12:00:00Z')).toBe('2026-01-31T12:00:00.000Z');
    expect(read('2024-02-29t23:59:59.123456789-00:30')).toBe('2024-03-01T00:29:59.123Z');
    expect(read('1970-01-01T00:00:00z')).toBe('1970-01-01T00:00:00.000Z');
    expect(read('9999-12-31T23:59:59.999Z')).toBe('9999-12-31T23:59:59.999Z');
  });

  it('refuses days, hours and years that are not', () => {
    const bad = [
      '2026-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-00-01T00:00:00Z',
      '2026-01-00T00:00:00Z',
    ];
    bad.push(
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:00:60Z',
      '2026-01-01T00:00:00',
      '2026-01-01',
      '2026-01-01 00:00:00Z',
    );
    bad.push(
      '1969-12-31T23:59:59Z',
      '1970-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
      '0000-01-01T00:00:00Z',
    );
    bad.push('', 'now', '1767225600', '2026-1-1T0:0:0Z', '2026-01-01T00:00:00.Z', '2026-01-01T00:00:00Z ');
    for (const text of bad) expect([text, parseTime(text)]).toEqual([text, undefined]);
  });
});

describe('cursors', () => {
  it('go out and come back', () => {
    const cursor = { time: new Date('2026-01-01T00:00:00.123Z'), id: '01900000-0000-7000-8000-000000000001' };
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
    expect(encodeCursor(cursor)).toMatch(/^[\w-]+$/);
  });

  it('are refused where they are not ours', () => {
    const of = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const id = '01900000-0000-7000-8000-000000000001';
    const bad = [
      of({}),
      of([]),
      of(null),
      of({ t: 1 }),
      of({ t: 1e99, i: id }),
      of({ t: -1, i: id }),
      of({ t: 1, i: '' }),
    ];
    for (const text of [
      '',
      'x',
      '!',
      'x'.repeat(501),
      of({ t: 0.5, i: id }),
      of({ t: 1, i: id, x: 1 }),
      ...bad,
    ]) {
      expect([text, decodeCursor(text)]).toEqual([text, undefined]);
    }
  });

  it('are refused by a list whose ids look otherwise', () => {
    const list = z.strictObject(listQuery);
    const of = (id: string) => encodeCursor({ time: new Date(0), id });
    expect(list.safeParse({ cursor: of('01900000-0000-7000-8000-000000000001') }).success).toBe(true);
    expect(list.safeParse({ cursor: of('content_generation') }).success).toBe(false);
  });

  it('end with the last row', () => {
    const place = (time: number) => ({ time: new Date(time), id: '01900000-0000-7000-8000-000000000001' });
    expect(pageOf([3, 2], 2, place)).toEqual({ data: [3, 2], next_cursor: null });
    expect(pageOf([], 2, place)).toEqual({ data: [], next_cursor: null });
    expect(pageOf([3, 2, 1], 2, place)).toEqual({ data: [3, 2], next_cursor: encodeCursor(place(2)) });
  });
});

it('reads whole numbers of a query and no other notation', () => {
  const limit = queryInteger(1, 200);
  expect([limit.parse('1'), limit.parse('200'), limit.parse('050')]).toEqual([1, 200, 50]);
  for (const text of ['0', '201', '', ' 1', '1.0', '1e2', '0x1', '+1', '-1', 'NaN', ['1', '2'], undefined]) {
    expect([text, limit.safeParse(text).success]).toEqual([text, false]);
  }
  expect(z.strictObject(listQuery).parse({})).toEqual({ limit: 50 });
});

it('lowers UUIDs, bounds metadata by its bytes, and knows request keys', () => {
  expect(uuid.parse('01900000-0000-7000-8000-00000000ABCD')).toBe('01900000-0000-7000-8000-00000000abcd');
  for (const text of ['', 'x', '{01900000-0000-7000-8000-000000000001}', '0190000000007000800000000000001']) {
    expect(uuid.safeParse(text).success).toBe(false);
  }
  const ofBytes = (bytes: number) => ({ a: 'ü'.repeat((bytes - 8) / 2) });
  expect(metadata.safeParse(ofBytes(16 * 1024)).success).toBe(true);
  expect(metadata.safeParse(ofBytes(16 * 1024 + 2)).success).toBe(false);
  expect(metadata.safeParse([]).success).toBe(false);
  expect([requestKey.safeParse('a b').success, requestKey.safeParse('a\u200b').success]).toEqual([
    true,
    false,
  ]);
});
