import { z } from 'zod';
import { type ErrorCode, errorEntry, errorRegistry } from '../errors/index.ts';
import { toJson } from '../json/index.ts';
import type { Route } from './define-route.ts';
import { problemType } from './problem.ts';

/** The prefix of every route that is defined with defineRoute. */
export const apiPrefix = '/api/v1/monetization';

type JsonSchema = Record<string, unknown>;

/** What any route can answer, whatever it does. */
const codesOfAll: readonly ErrorCode[] = [
  'monetization_disabled',
  'unauthenticated',
  'rate_limited',
  'scope_missing',
  'not_found',
  'request_invalid',
  'limits_unavailable',
  'database_unavailable',
  'internal_error',
];
const codesOfBodies: readonly ErrorCode[] = [
  'body_malformed',
  'media_type_unsupported',
  'body_too_large',
  'origin_refused',
];
const codesOfWrites: readonly ErrorCode[] = [
  'idempotency_key_invalid',
  'idempotency_key_reused',
  'request_in_flight',
];

const idempotencyHeader = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Makes a repeat safe: it gets the stored answer. Kept for 24 hours at least.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const tenantHeader = {
  name: 'Tallystick-Tenant',
  in: 'header',
  required: false,
  description:
    'The tenant an operator key acts for; the root if left out. A tenant key may only name its own.',
  schema: { type: 'string', format: 'uuid' },
};

const problemSchema: JsonSchema = {
  type: 'object',
  description: 'A problem (RFC 9457). Some codes carry further members.',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  properties: {
    type: { type: 'string', description: 'The page that explains the code: /docs/errors/<code>.' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string' },
    code: {
      type: 'string',
      description: 'Stable; branch on this. Later versions may add codes.',
      // Not an enum, which would make a new code a breach of the document.
      'x-extensible-enum': Object.keys(errorRegistry),
    },
    request_id: { type: 'string', description: 'The x-request-id of the answer, as the log has it.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          in: { type: 'string', enum: ['body', 'query', 'path', 'header'] },
          pointer: { type: 'string', description: 'A JSON pointer (RFC 6901) to the refused field.' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

/**
 * The JSON Schema of a zod schema, without the marks that only a stand-alone file needs. Throws where it refers to
 * itself: "#/$defs/" would mean another place inside the document. A meta() that says what it is helps.
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const {
    $schema: _dialect,
    $defs: _definitions,
    ...rest
  } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    // zod leaves the default of a transforming schema out, because it is of the output's type; ours read alike.
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'default') jsonSchema.default = toJson(def.defaultValue);
    },
  });
  // Through text, so that keywords which a meta() set to undefined are gone.
  const text = JSON.stringify(rest);
  if (text.includes('"#/$defs/'))
    throw new Error(`a schema of the API refers to itself: ${text.slice(0, 200)}`);
  return JSON.parse(text) as JsonSchema;
}

/** Every code a route can answer with, its own and the ones it shares. */
export function codesOf(route: Route): ErrorCode[] {
  const codes = new Set<ErrorCode>([...codesOfAll, ...(route.errors ?? [])]);
  if (route.operator_only === true) codes.add('operator_only');
  if (route.method !== 'GET') for (const code of codesOfBodies) codes.add(code);
  if (takesIdempotencyKey(route)) for (const code of codesOfWrites) codes.add(code);
  if ('cursor' in propertiesOf(jsonSchemaOf(route.query, 'input'))) codes.add('cursor_invalid');
  return [...codes];
}

/** Whether an Idempotency-Key means anything to a route: it writes. */
export function takesIdempotencyKey(route: Route): boolean {
  return route.method !== 'GET' && route.mode !== 'read';
}

/** Whether a route's definition has a body with at least one field, or of rows. */
export function takesBody(route: Route): boolean {
  const body = jsonSchemaOf(route.body, 'input');
  return route.method !== 'GET' && (body.type === 'array' || Object.keys(propertiesOf(body)).length > 0);
}

/**
 * The OpenAPI 3.1 document of the given routes. It is the full reference of the surface, the source of
 * the SDK's types and of the generic tests.
 */
export function openApiDocument(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = apiPrefix + route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Tallystick', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ api_key: [] }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        api_key: { type: 'http', scheme: 'bearer', description: 'An API key: Authorization: Bearer KEY.' },
      },
      schemas: { Problem: problemSchema },
    },
  };
}

function operationOf(route: Route): Record<string, unknown> {
  const codes = codesOf(route);
  const access = route.operator_only === true ? ' Operator keys only.' : '';
  const operation: Record<string, unknown> = {
    operationId: route.operation_id,
    summary: route.summary,
    description: `${route.description ?? route.summary}\n\nScope: \`${route.scope}\`.${access}`,
    tags: [route.tag],
    parameters: [
      ...parametersOf('path', jsonSchemaOf(route.params, 'input')),
      ...parametersOf('query', jsonSchemaOf(route.query, 'input')),
      tenantHeader,
      ...(takesIdempotencyKey(route) ? [idempotencyHeader] : []),
    ],
    responses: { ...answersOf(route), ...problemsOf(codes) },
    'x-error-codes': codes,
    'x-scope': route.scope,
  };
  if (takesBody(route)) {
    const bodies = { 'application/json': route.body, ...route.also_takes };
    operation.requestBody = {
      required: route.body_optional !== true,
      content: Object.fromEntries(
        Object.entries(bodies).map(([type, body]) => [type, { schema: jsonSchemaOf(body, 'input') }]),
      ),
    };
  }
  return operation;
}

function parametersOf(place: 'path' | 'query', schema: JsonSchema): Record<string, unknown>[] {
  const required = (schema.required ?? []) as string[];
  return Object.entries(propertiesOf(schema)).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(property.description === undefined ? {} : { description: property.description }),
    schema: property,
  }));
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}

/** The 2xx answers; a write's may be a replay. */
function answersOf(route: Route): Record<string, unknown> {
  const replayed = {
    'Idempotent-Replayed': { description: 'true where this is a stored answer.', schema: { type: 'string' } },
  };
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, schema]) => [
      status,
      {
        description: route.summary,
        ...(takesIdempotencyKey(route) ? { headers: replayed } : {}),
        ...(schema instanceof z.ZodUndefined
          ? {}
          : {
              content: {
                'application/json': { schema: jsonSchemaOf(schema, 'output') },
                ...Object.fromEntries((route.also_answers ?? []).map((type) => [type, {}])),
              },
            }),
      },
    ]),
  );
}

/** The refusals by status, each naming its codes. */
function problemsOf(codes: readonly ErrorCode[]): Record<string, unknown> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorEntry(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const schema = { $ref: '#/components/schemas/Problem' };
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `\`${code}\`: ${errorEntry(code).title}.`).join('\n\n'),
        content: { [problemType]: { schema } },
      },
    ]),
  );
}
