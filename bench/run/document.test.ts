import { expect, test } from 'vitest';
import { benches } from '../rows/index.ts';
import { checkDocument, putBetween, readResults } from './document.ts';

test('docs/benchmarks.md is what --write makes of the last results: neither stale nor edited by hand', () => {
  const { written, renewed } = checkDocument();
  expect(written).toBe(renewed);
});

test('every bench has one line in the tables, and no other has', () => {
  const { written } = checkDocument();
  const named = [...written.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);
  expect(named.toSorted()).toEqual(benches.map(({ name }) => name).toSorted());
});

test('what was measured was measured against the goal of today', () => {
  for (const { result } of readResults()) {
    const bench = benches.find(({ name }) => name === result.name);
    expect(bench, result.name).toBeDefined();
    if (result.kind === 'ratio') expect(bench).toMatchObject({ goal: result.goal, compare: result.compare });
  }
});

test('a document without its marks is refused', () => {
  expect(putBetween('a\n<!-- bench:t -->\nold\n<!-- /bench:t -->\nb', 't', 'new')).toBe(
    'a\n<!-- bench:t -->\n\nnew\n\n<!-- /bench:t -->\nb',
  );
  expect(() => putBetween('a\n<!-- bench:t -->\nold\nb', 't', 'new')).toThrow('each once');
});
