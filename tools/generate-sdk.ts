import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { openApiDocument } from '../server/src/http/index.ts';
import { routes } from '../server/src/http/routes/index.ts';

// Writes the generated part of the SDK from the routes, by way of the OpenAPI document: `npm run generate`.
// generate-sdk.test.ts fails where what is committed differs.

type Schema = Record<string, unknown>;

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  parameters: { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: Schema }[];
  requestBody?: { required: boolean; content: { 'application/json': { schema: Schema } } };
  responses: Record<string, { content?: { 'application/json': { schema: Schema } } }>;
  'x-error-codes': string[];
}

/** An operation where it stands in the document. */
interface Place {
  method: string;
  path: string;
  operation: Operation;
}

/** What openApiDocument() makes, as far as it is read here. */
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: { Problem: { properties: { code: { 'x-extensible-enum': string[] } } } } };
}

const heading = '// Generated from the routes by tools/generate-sdk.ts (npm run generate). Do not edit.\n\n';

/** The generated files by their path from the root: the same text for the same document, on every machine. */
export async function generateSdk(document: unknown): Promise<Record<string, string>> {
  const { paths, components } = document as Document;
  const places = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const codes = components.schemas.Problem.properties.code['x-extensible-enum'];
  return {
    'sdk/src/api-types.generated.ts': heading + (await typesOf(places)) + codesOf(codes),
    'sdk/src/operations.generated.ts': heading + methodsOf(places),
  };
}

/** `use_ai_tokens` as the SDK spells it: useAiTokens, or UseAiTokens for a type. */
function camelCase(operation_id: string): string {
  return operation_id.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

function typeName(operation_id: string): string {
  const name = camelCase(operation_id);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Two types an operation: its input, which is path, query and body as one flat object or an array, and its answer. */
async function typesOf(places: readonly Place[]): Promise<string> {
  const schemas = Object.fromEntries(
    places.flatMap(({ method, operation }) => {
      const name = typeName(operation.operationId);
      return [
        [`${name}Input`, inputOf(method, operation)],
        [`${name}Answer`, answerOf(operation)],
      ];
    }),
  );
  const nodes = await openapiTS(
    { openapi: '3.1.0', info: { title: '', version: '' }, paths: {}, components: { schemas } } as never,
    // A field with a default may be left out of an input.
    { defaultNonNullable: false, silent: true },
  );
  return astToString(declarationsOf(nodes));
}

/** openapi-typescript puts all schemas into one interface; a name of its own for each reads better where it is used. */
function declarationsOf(nodes: readonly ts.Node[]): ts.Statement[] {
  const components = nodes.filter(ts.isInterfaceDeclaration).find((node) => node.name.text === 'components');
  const schemas = components?.members[0];
  if (schemas === undefined || !ts.isPropertySignature(schemas) || !isLiteral(schemas.type)) {
    throw new Error('openapi-typescript has changed the shape of what it makes');
  }
  const { factory } = ts;
  const exported = [factory.createModifier(ts.SyntaxKind.ExportKeyword)];
  return schemas.type.members.map((member) => {
    if (!ts.isPropertySignature(member) || !ts.isIdentifier(member.name) || member.type === undefined) {
      throw new Error('openapi-typescript made a schema without a name or a type');
    }
    const { name, type } = member;
    return isLiteral(type)
      ? factory.createInterfaceDeclaration(exported, name, undefined, undefined, type.members)
      : factory.createTypeAliasDeclaration(exported, name, undefined, type);
  });
}

function isLiteral(type: ts.TypeNode | undefined): type is ts.TypeLiteralNode {
  return type !== undefined && ts.isTypeLiteralNode(type);
}

function inputOf(method: string, operation: Operation): Schema {
  const { operationId, parameters, requestBody } = operation;
  const fields = parameters.filter((parameter) => parameter.in !== 'header');
  const body = requestBody?.content['application/json'].schema ?? {};
  const ofBody = (body.properties ?? {}) as Record<string, Schema>;
  const query = fields.filter((field) => field.in === 'query');
  // The client sends what is not in the path as the query of a GET and as the body of anything else.
  const is_array = body.type === 'array' && method !== 'GET' && method !== 'DELETE';
  if (method !== 'GET' && query.length > 0)
    throw new Error(`${operationId}: teach the client a query of a write`);
  if (requestBody !== undefined && body.type !== 'object' && !is_array)
    throw new Error(`${operationId}: teach the client a body that is neither an object nor an array`);
  if (is_array && fields.length > 0)
    throw new Error(`${operationId}: an array has no room for a field of the path: ${fields[0]?.name}`);
  const twice = fields.find((field) => field.name in ofBody);
  if (twice !== undefined) throw new Error(`${operationId}: ${twice.name} is in the path and in the body`);
  const keyed = parameters.some((parameter) => parameter.name === 'Idempotency-Key');
  if (keyed !== (method !== 'GET')) throw new Error(`${operationId}: every write takes an Idempotency-Key`);
  if (is_array) return body;
  return {
    type: 'object',
    properties: { ...Object.fromEntries(fields.map((field) => [field.name, field.schema])), ...ofBody },
    required: [
      ...fields.filter((field) => field.required).map((field) => field.name),
      ...((body.required ?? []) as string[]),
    ],
  };
}

/** The body of a 2xx answer; where 200 (a replay) and 201 differ, either. */
function answerOf({ responses }: Operation): Schema {
  const bodies = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, { content }]) => JSON.stringify(content?.['application/json'].schema ?? { type: 'null' }));
  const different = [...new Set(bodies)].map((body) => JSON.parse(body) as Schema);
  return different.length === 1 && different[0] !== undefined ? different[0] : { anyOf: different };
}

function codesOf(codes: readonly string[]): string {
  const lines = [...codes].sort().map((code) => `  | '${code}'`);
  return `\n/** Every code that this version of the API refuses with. */\nexport type ErrorCode =\n${lines.join('\n')};\n`;
}

function methodsOf(places: readonly Place[]): string {
  const types = places.flatMap(({ operation }) => {
    const name = typeName(operation.operationId);
    return [`  ${name}Answer,`, `  ${name}Input,`];
  });
  const general = generalCodes(places);
  return `import type {
${types.sort().join('\n')}
} from './api-types.generated.ts';
import type { CallOptions } from './options.ts';

/** One method for each operation of the API. */
export abstract class Operations {
  /** Performs an operation; fields that the path does not name are the query of a GET and the body of a write. */
  protected abstract call<Answer>(method: string, path: string, input: object, options: CallOptions): Promise<Answer>;
${places.map((place) => methodOf(place, general)).join('')}}
`;
}

function methodOf({ method, path, operation }: Place, general: ReadonlySet<string>): string {
  const { operationId, summary, description } = operation;
  const name = typeName(operationId);
  const own = operation['x-error-codes'].filter((code) => !general.has(code)).sort();
  const about = [
    `${summary}.`,
    description.replace(`${summary}\n\n`, ''),
    ...(own.length > 0 ? [`Refusals of its own: ${own.map((code) => `\`${code}\``).join(', ')}.`] : []),
  ]
    .join('\n\n')
    .replaceAll('*/', '* /');
  const input = inputOf(method, operation);
  const optional = input.type === 'object' && ((input.required ?? []) as string[]).length === 0;
  return `
  /**
${about.replace(/^/gm, '   * ').replace(/ +$/gm, '')}
   */
  ${camelCase(operationId)}(input: ${name}Input${optional ? ' = {}' : ''}, options: CallOptions = {}): Promise<${name}Answer> {
    return this.call('${method}', '${path}', input, options);
  }
`;
}

/** The codes that every read or every write can answer with: to name them at each method would say nothing. */
function generalCodes(places: readonly Place[]): ReadonlySet<string> {
  const reads = places.filter(({ method }) => method === 'GET');
  const writes = places.filter(({ method }) => method !== 'GET');
  const lists = reads.filter(({ operation }) => operation.parameters.some(({ name }) => name === 'cursor'));
  return new Set([reads, writes, lists].flatMap(sharedCodes));
}

function sharedCodes(places: readonly Place[]): string[] {
  const [first, ...others] = places.map(({ operation }) => operation['x-error-codes']);
  return (first ?? []).filter((code) => others.every((codes) => codes.includes(code)));
}

/** What generateSdk() makes of the routes as they are now. No database is needed. */
export function generateFromRoutes(): Promise<Record<string, string>> {
  return generateSdk(openApiDocument(routes, ''));
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await generateFromRoutes())) {
    writeFileSync(join(import.meta.dirname, '..', path), text);
    console.log(`wrote ${path}`);
  }
}
