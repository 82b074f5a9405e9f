import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { badText } from './bad-text.ts';
import type { Purpose } from './exact-schema.ts';
import { compileQuickCheck, QuickCheck } from './quick-check.ts';
import { routes } from './routes/index.ts';
import { requestKey, text, tokensInUse } from './schemas.ts';

const texts = fc.oneof(
  fc.constantFrom(
    '01900000-0000-7fff-bfff-ffffffffffff',
    '01900000-0000-7FFF-BFFF-FFFFFFFFFFFF',
    '2026-01-31T12:00:00.000Z',
    '2026-02-30T12:00:00.000Z',
    'content_generation',
    'USD',
    '12',
    '1.5',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  // At the bounds of texts: by UTF-16 units, by code points, and with what no request key may hold.
  fc
    .tuple(
      fc.constantFrom('x', '😀', '\u200b', '\n'),
      fc.constantFrom(1, 31, 32, 62, 63, 64, 127, 128, 200, 255, 256),
    )
    .map(([character, length]) => character.repeat(length)),
);
const numbers = fc.oneof(
  fc.integer({ min: -2, max: 70 }),
  fc.constantFrom(
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53 - 1,
    2 ** 53,
    -(2 ** 53),
    1_000_000,
    1_000_001,
    0.5,
    -0,
    1e300,
  ),
);

/** Values that a schema may well take, and values that are off by a little. */
function valuesOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const wild = { arbitrary: fc.jsonValue({ maxDepth: 1 }), weight: 1 };
  const mostly = (arbitrary: fc.Arbitrary<unknown>) => fc.oneof({ arbitrary, weight: 12 }, wild);
  switch (def.type) {
    case 'string':
      return mostly(texts);
    case 'number':
      return mostly(numbers);
    case 'boolean':
      return mostly(fc.boolean());
    case 'literal':
      return mostly(fc.constantFrom(...def.values));
    case 'enum':
      return mostly(fc.constantFrom(...Object.values(def.entries)));
    case 'optional':
    case 'default':
      return valuesOf(def.innerType);
    case 'nullable':
      return fc.oneof(fc.constant(null), valuesOf(def.innerType));
    case 'union':
      return fc.oneof(...def.options.map(valuesOf));
    case 'array':
      return mostly(fc.array(valuesOf(def.element), { maxLength: 4 }));
    case 'pipe':
      return valuesOf(def.in);
    case 'object':
      return objectsOf(def.shape);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function objectsOf(shape: Readonly<Record<string, z.core.$ZodType>>): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(Object.entries(shape).map(([name, member]) => [name, valuesOf(member)]));
  const optional = Object.keys(shape).filter((name) =>
    ['optional', 'default'].includes((shape[name] as z.ZodType).type),
  );
  const required = Object.keys(shape).filter((name) => !optional.includes(name));
  const whole = fc.record(members, { requiredKeys: required });
  return fc.oneof(
    { arbitrary: whole, weight: 8 },
    { arbitrary: fc.record(members, { requiredKeys: [] }), weight: 1 },
    { arbitrary: whole.map((value) => ({ ...value, surplus: 1 })), weight: 1 },
  );
}

const parts: [name: string, schema: z.ZodType, purpose: Purpose][] = routes.flatMap((route) => [
  [`the body of ${route.operation_id}`, route.body, 'input'],
  ...Object.entries(route.responses).map(([status, schema]): [string, z.ZodType, Purpose] => [
    `${status} of ${route.operation_id}`,
    schema,
    'answer',
  ]),
]);
const checked = parts.filter(([, schema, purpose]) => compileQuickCheck(schema, purpose) !== undefined);

describe('a quick check', () => {
  test.each(checked)(
    'of %s says yes only where zod does, and leaves an input as zod would',
    (_name, schema, purpose) => {
      const check = compileQuickCheck(schema, purpose);
      fc.assert(
        fc.property(valuesOf(schema), (drawn) => {
          const value: unknown = JSON.parse(JSON.stringify(drawn));
          // What no field may hold is refused before.
          if (badText(value) !== undefined || check?.(value) !== true) return;
          const result = schema.safeParse(value);
          expect(result.error).toBeUndefined();
          if (purpose === 'input') expect(isDeepStrictEqual(result.data, value)).toBe(true);
        }),
        { numRuns: 150 },
      );
    },
  );

  test('is there for what is asked most, and says yes to what is sent most', () => {
    const bodyOf = (operation_id: string) =>
      routes.find((route) => route.operation_id === operation_id)?.body ?? z.never();
    const use = { tokens_used: 5, feature_type: 'content_generation', request_id: 'r-1' };
    const hold = { tokens: 5, feature_type: 'content_generation', request_id: 'r-1', ttl_seconds: 60 };
    for (const [operation_id, body] of [
      ['use_ai_tokens', use],
      ['hold_ai_tokens', hold],
      ['settle_ai_token_hold', { tokens_used: 5 }],
      ['release_ai_token_hold', {}],
    ] as const)
      expect([operation_id, compileQuickCheck(bodyOf(operation_id), 'input')?.(body)]).toEqual([
        operation_id,
        true,
      ]);
    const answers = parts.filter(([name]) => name.startsWith('201 of use_ai_tokens'));
    const answer = { usage_id: '01900000-0000-7fff-bfff-ffffffffffff', tokens_used: 5, feature_type: 'x' };
    for (const [, schema] of answers)
      expect(compileQuickCheck(schema, 'answer')?.({ ...answer, balance_after: 1, receipt: '/r' })).toBe(
        true,
      );
  });

  test.each<[string, z.ZodType]>([
    ['what is refined', z.string().refine((value) => value !== 'no')],
    ['what is transformed', z.string().transform(Number)],
    ['what is lowered', z.string().toLowerCase()],
    ['a required field without words', z.strictObject({ any: z.json() })],
    ['a union with an option that changes', z.union([z.string().toLowerCase(), z.string()])],
    ['a refined object', z.strictObject({ a: z.int() }).refine(() => false)],
    ['an expression with a memory', z.string().regex(/a/g)],
  ])('is not there for %s', (_what, schema) => {
    expect(compileQuickCheck(schema, 'input')).toBeUndefined();
  });

  test('leaves to zod an optional field without words, and a default that is not sent', () => {
    const check = compileQuickCheck(
      z.strictObject({ a: z.int(), labels: z.json().optional(), cost: z.int().default(1) }),
      'input',
    );
    expect(
      [{ a: 1, cost: 2 }, { a: 1 }, { a: 1, cost: 2, labels: 1 }].map((value) => check?.(value)),
    ).toEqual([true, false, false]);
  });

  test('counts as zod counts', () => {
    const check = compileQuickCheck(
      z.strictObject({ text: text(4), key: requestKey, n: tokensInUse }),
      'input',
    );
    const fits = { text: '😀😀', key: '😀'.repeat(255), n: 1 };
    expect(check?.(fits)).toBe(true);
    for (const off of [
      { text: '😀😀x' },
      { key: '😀'.repeat(256) },
      { key: 'a\u200b' },
      { n: 1.5 },
      { n: 0 },
    ])
      expect(check?.({ ...fits, ...off })).toBe(false);
  });

  test('begins to answer once a schema was asked for often', () => {
    const quick = new QuickCheck('input');
    const schema = z.strictObject({ a: z.int() });
    const answers = Array.from({ length: 102 }, () => quick.saysYes(schema, { a: 1 }));
    expect(answers.slice(0, 99)).not.toContain(true);
    expect(answers.at(-1)).toBe(true);
    expect(quick.saysYes(schema, { a: 'x' })).toBe(false);
  });
});
