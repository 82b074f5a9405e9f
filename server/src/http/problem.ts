import type { FastifyReply, FastifyRequest } from 'fastify';
import { isPassingTrouble, sqlState } from '../db/index.ts';
import { type ErrorCode, errorEntry, TallystickError } from '../errors/index.ts';
import { toJson } from '../json/index.ts';

export const problemType = 'application/problem+json';

/** What Fastify throws before a handler runs, by its code. */
const frameworkErrors: Readonly<Record<string, [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['media_type_unsupported', 'The body must be application/json.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'The body is larger than 1 MiB.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'body_malformed',
    'The body is shorter or longer than its Content-Length.',
  ],
  FST_ERR_BAD_URL: ['url_malformed', 'The path holds a bad percent escape.'],
};

/** The error for a condition of the database that is neither our fault nor the caller's; else undefined. */
function databaseTrouble(error: unknown): TallystickError | undefined {
  const state = sqlState(error);
  // lock_timeout: what this request needs, a twin under way most likely holds.
  if (state === '55P03') {
    const detail = 'Another request holds what this one needs. Nothing was changed.';
    return new TallystickError('request_in_flight', detail, { cause: error });
  }
  if (!isPassingTrouble(error)) return undefined;
  const detail = 'The database could not answer. Repeat the request with the same key.';
  return new TallystickError('database_unavailable', detail, { cause: error });
}

/** The error a client sees for whatever was thrown; the unexpected becomes internal_error without detail. */
export function publicError(error: unknown): TallystickError {
  if (error instanceof TallystickError) return error;
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const known = typeof code === 'string' ? frameworkErrors[code] : undefined;
  if (known !== undefined) return new TallystickError(known[0], known[1], { cause: error });
  const trouble = databaseTrouble(error);
  if (trouble !== undefined) return trouble;
  return new TallystickError('internal_error', 'The log has more under the request id.', { cause: error });
}

/** The problem document of an error (RFC 9457). `extra` may not shadow the members of the standard. */
export function problemDocument(
  error: TallystickError,
  base: string,
  request_id: string,
): Record<string, unknown> {
  const entry = errorEntry(error.code);
  return {
    ...error.extra,
    type: `${base}/docs/errors/${error.code}`,
    title: entry.title,
    status: entry.status,
    detail: error.detail,
    code: error.code,
    request_id,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  };
}

/** The headers that go with an error: how to sign in, when to come back. */
function problemHeaders(error: TallystickError): Record<string, string> {
  const entry = errorEntry(error.code);
  const headers: Record<string, string> = { 'content-type': problemType };
  if (entry.status === 401) headers['www-authenticate'] = 'Bearer realm="tallystick"';
  const wait = error.extra?.retry_after ?? entry.retry_after;
  if (wait !== undefined) headers['retry-after'] = String(wait);
  return headers;
}

/**
 * Makes the one error handler of a server mounted at `base` (its prefix, empty as a rule). 5xx are
 * logged with their cause; the client gets the document and nothing else.
 */
export function problemHandler(base: string) {
  return function handleProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = publicError(thrown);
    if (error.code === 'internal_error') request.log.error({ err: thrown }, 'unexpected error');
    else if (error.status >= 500) request.log.warn({ err: thrown }, error.code);
    reply
      .code(error.status)
      .headers(problemHeaders(error))
      // Bytes, because to a text Fastify would add a charset that the media type does not have.
      .send(Buffer.from(JSON.stringify(toJson(problemDocument(error, base, request.id)))));
  };
}
