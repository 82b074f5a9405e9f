import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type FieldError, TallystickError } from '../errors/index.ts';
import { badText, pointerStep } from './bad-text.ts';
import type { Route } from './define-route.ts';
import { QuickCheck } from './quick-check.ts';

/** The validated parts of a request. */
export interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
}

type Part = 'path' | 'query' | 'body';

/** At most this many refused fields are told; the rest would only make the answer long. */
const mostErrors = 20;

const quick = new QuickCheck('input');

const emptyBody: Readonly<Record<string, never>> = Object.freeze({});

/** A row of a batch whose text no field may hold; it stands where the row was. */
export class BadRow {
  readonly detail: string;

  constructor({ pointer, detail }: FieldError) {
    this.detail = `${pointer}: ${detail}`;
  }
}

/**
 * Validates path, query and body against the route's schemas and returns what zod made of them. Throws
 * request_invalid with every refused field, or cursor_invalid (a 400 by contract) for a bad cursor.
 */
export function readInput(route: Route, request: FastifyRequest): Input {
  const errors: FieldError[] = [];
  const params = readPart('path', route.params, request.params, errors);
  const query = readPart('query', route.query, request.query, errors);
  const sent = request.body === undefined && route.body_optional === true ? emptyBody : request.body;
  const body =
    route.batch === true && Array.isArray(sent)
      ? parsePart('body', route.body, withBadRows(sent), errors)
      : readPart('body', route.body, sent, errors);
  if (errors.length > 0) refuse(errors);
  return { params, query, body };
}

/** Validates the body of a request that is no route of the API. Throws request_invalid. */
export function readBody<S extends z.ZodType>(schema: S, request: FastifyRequest): z.output<S> {
  const errors: FieldError[] = [];
  const body = readPart('body', schema, request.body, errors);
  if (errors.length > 0) refuse(errors);
  return body as z.output<S>;
}

function withBadRows(rows: readonly unknown[]): unknown[] {
  return rows.map((row) => {
    const bad = badText(row);
    return bad === undefined ? row : new BadRow(bad);
  });
}

function readPart(part: Part, schema: z.ZodType, value: unknown, errors: FieldError[]): unknown {
  const bad = badText(value);
  if (bad !== undefined) {
    errors.push({ in: part, ...bad });
    return undefined;
  }
  return parsePart(part, schema, value, errors);
}

/** A part whose text has been looked at. */
function parsePart(part: Part, schema: z.ZodType, value: unknown, errors: FieldError[]): unknown {
  // Paths and queries are text, so zod makes something else of nearly all of them.
  if (part === 'body' && quick.saysYes(schema, value)) return value;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const error of fieldErrors(result.error)) {
    if (errors.length < mostErrors) errors.push({ in: part, ...error });
  }
  return undefined;
}

/** What zod refused as field errors; unknown fields are named one by one. At most 20. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  const errors = error.issues.flatMap((issue) => {
    const pointer = issue.path.map(pointerStep).join('');
    if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }];
    return issue.keys
      .slice(0, mostErrors)
      .map((name) => ({ pointer: pointer + pointerStep(name), detail: 'is not a field of this request' }));
  });
  return errors.slice(0, mostErrors);
}

function refuse(errors: FieldError[]): never {
  const first = errors[0];
  if (first?.in === 'query' && first.pointer === '/cursor') {
    throw new TallystickError('cursor_invalid', 'The cursor is not one that this server made.');
  }
  const where = first === undefined ? '' : `${first.in}${first.pointer}: ${first.detail}`;
  throw new TallystickError('request_invalid', where, { errors });
}
