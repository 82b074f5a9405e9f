import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateFromRoutes, generateSdk } from './generate-sdk.ts';

const root = join(import.meta.dirname, '..');

test('the SDK is what the routes give; npm run generate makes it so', async () => {
  for (const [path, text] of Object.entries(await generateFromRoutes())) {
    expect(readFileSync(join(root, path), 'utf8'), path).toBe(text);
  }
});

/** A document of one operation, as far as the generator reads it. */
function documentOf(method: string, operation: object): unknown {
  const answer = { '200': { content: { 'application/json': { schema: { type: 'object' } } } } };
  const full = {
    operationId: 'do_it',
    summary: 'Do it',
    description: 'Do it',
    parameters: [],
    responses: answer,
    'x-error-codes': [],
    ...operation,
  };
  return {
    paths: { '/it/{it_id}': { [method]: full } },
    components: { schemas: { Problem: { properties: { code: { 'x-extensible-enum': ['not_found'] } } } } },
  };
}

const key = { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } };
const inPath = { name: 'it_id', in: 'path', required: true, schema: { type: 'string' } };
const bodyOf = (schema: object) => ({ required: true, content: { 'application/json': { schema } } });

test('path and body become one input, and a field with a default may be left out', async () => {
  const size = { type: 'integer', default: 1 };
  const files = await generateSdk(
    documentOf('post', {
      parameters: [inPath, key],
      requestBody: bodyOf({
        type: 'object',
        properties: { size, name: { type: 'string' } },
        required: ['name'],
      }),
    }),
  );
  const text = Object.values(files).join('');
  expect(text).toMatch(/interface DoItInput \{\s+it_id: string;[^}]*size\?: number;\s+name: string;\s+\}/);
  expect(text).toContain("return this.call('POST', '/it/{it_id}', input, options);");
});

test('a body that is an array is the input as it stands', async () => {
  const items = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
  const files = await generateSdk(
    documentOf('post', {
      parameters: [key],
      requestBody: bodyOf({ type: 'array', items, minItems: 1, maxItems: 1000 }),
    }),
  );
  const text = Object.values(files).join('');
  expect(text).toMatch(/export type DoItInput = \{\s+id: string;\s+\}\[\];/);
  expect(text).toContain('doIt(input: DoItInput, options: CallOptions = {})');
});

test.each([
  [
    'a field in the path and in the body',
    { parameters: [inPath, key], requestBody: bodyOf({ type: 'object', properties: { it_id: {} } }) },
  ],
  [
    'a body that is neither an object nor an array',
    { parameters: [key], requestBody: bodyOf({ type: 'string' }) },
  ],
  [
    'a field beside an array',
    { parameters: [inPath, key], requestBody: bodyOf({ type: 'array', items: {} }) },
  ],
  ['a query of a write', { parameters: [key, { ...inPath, in: 'query' }] }],
  ['a write that cannot be repeated safely', { parameters: [] }],
])('%s is refused: the client could not send it', async (_case, operation) => {
  await expect(generateSdk(documentOf('post', operation))).rejects.toThrow(/^do_it: /);
});
