import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../test/harness/index.ts';
import { parseArray, toParameter } from './column-types.ts';
import type { Database } from './index.ts';

async function select(db: Database, expression: ReturnType<typeof sql>): Promise<unknown> {
  const { rows } = await db.withoutTenant((tx) =>
    sql<{ value: unknown }>`select ${expression} as value`.execute(tx),
  );
  return rows[0]?.value;
}

const BIG = 9_007_199_254_740_993n;
const TIME = new Date('2026-02-03T04:05:06.789Z');

describeOnEachDatabase('values', (getDb) => {
  it.each([
    [sql`'9007199254740993'::int8`, BIG],
    [sql`array[1, null, 9007199254740993]::int8[]`, [1n, null, BIG]],
    [sql`1::int4`, 1],
    [sql`1.5::float8`, 1.5],
    [sql`'1.50'::numeric`, '1.50'],
    [sql`true`, true],
    [sql`array[true, false]`, [true, false]],
    [sql`'2026-02-03 04:05:06.789+00'::timestamptz`, TIME],
    [sql`'2026-02-03 06:05:06.789+02'::timestamptz`, TIME],
    [sql`array['2026-02-03 04:05:06.789+00'::timestamptz]`, [TIME]],
    [sql`'2026-02-03'::date`, '2026-02-03'],
    [sql`'1 month 2 days'::interval`, '1 mon 2 days'],
    [sql`'{"a": [1, null]}'::jsonb`, { a: [1, null] }],
    [sql`array['{"a": "}"}'::jsonb]`, [{ a: '}' }]],
    [sql`array['a"b', 'c\\d', 'NULL', '', 'e,f', null]`, ['a"b', 'c\\d', 'NULL', '', 'e,f', null]],
    [sql`'\\x00ff'::bytea`, Buffer.from([0, 255])],
    [sql`null::int8`, null],
    [sql`'01900000-0000-7000-8000-000000000001'::uuid`, '01900000-0000-7000-8000-000000000001'],
  ])('come back as the same type from both engines (%#)', async (expression, expected) => {
    expect(await select(getDb(), expression)).toEqual(expected);
  });

  it.each([
    [sql`${BIG}::int8`, BIG],
    [sql`${[1n, BIG]}::int8[]`, [1n, BIG]],
    [sql`${TIME}::timestamptz`, TIME],
    [sql`${['a"b', '\\', null, 'NULL', '{']}::text[]`, ['a"b', '\\', null, 'NULL', '{']],
    [sql`${[]}::text[]`, []],
    [sql`${{ a: "it's", b: [1] }}::jsonb`, { a: "it's", b: [1] }],
    [sql`${JSON.stringify([1, 2])}::jsonb`, [1, 2]],
    [sql`${Buffer.from([1, 2, 255])}::bytea`, Buffer.from([1, 2, 255])],
    [sql`${false}::boolean`, false],
    [sql`${1.25}::float8`, 1.25],
    [sql`${undefined}::text`, null],
  ])('go in as they are (%#)', async (expression, expected) => {
    expect(await select(getDb(), expression)).toEqual(expected);
  });
});

describe('arrays', () => {
  it('are read nested and with bounds', () => {
    expect(parseArray('{{1,2},{3,NULL}}', Number)).toEqual([
      [1, 2],
      [3, null],
    ]);
    expect(parseArray('[0:1]={7,8}', Number)).toEqual([7, 8]);
  });

  it('are written nested', () => {
    expect(toParameter([[1n], [2n]])).toBe('{{"1"},{"2"}}');
  });
});
