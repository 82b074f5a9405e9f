import { expect, it } from 'vitest';
import { badText } from './bad-text.ts';

it('finds NUL and lone surrogates in values and in names, and says where', () => {
  expect(badText({ a: ['x', { 'b/c~d': 'a\0' }] })?.pointer).toBe('/a/1/b~1c~0d');
  expect(badText({ a: '\ud800' })?.pointer).toBe('/a');
  expect(badText({ a: { '\udc00x': 1 } })).toMatchObject({ detail: expect.stringContaining('surrogate') });
  expect(badText(JSON.parse('{"a":{"__proto__":{"x":1}}}'))?.pointer).toBe('/a/__proto__');
  expect(badText('\0')?.pointer).toBe('');
});

it('lets everything else pass', () => {
  for (const fine of [undefined, null, 1, true, '', '😀', [], {}, { a: [{ b: 'ü' }], c: null }]) {
    expect(badText(fine)).toBeUndefined();
  }
});

it('takes 32 levels and refuses more, however many more', () => {
  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
  expect(badText(nested(32))).toBeUndefined();
  expect(badText(nested(33))?.detail).toContain('32');
  expect(badText(nested(500_000))?.detail).toContain('32');
});
