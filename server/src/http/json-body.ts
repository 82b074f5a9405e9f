import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fail, type TallystickError } from '../errors/index.ts';

/** The largest body, in bytes. */
export const bodyLimit = 1024 * 1024;

type Done = (error: Error | null, body?: unknown) => void;

/**
 * The value of a JSON body; undefined for no body at all, on which the schema decides. Bytes that are not
 * UTF-8 are refused instead of replaced: a silently changed id would be worse.
 */
function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) fail('body_malformed', 'The body is not UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // V8's message quotes the body, which may hold a secret: it goes nowhere.
    fail('body_malformed', 'The body is not valid JSON.');
  }
}

function parseBody(_request: FastifyRequest, bytes: Buffer, done: Done): void {
  let body: unknown;
  try {
    body = parseJson(bytes);
  } catch (error) {
    done(error as TallystickError);
    return;
  }
  done(null, body);
}

/** Makes a scope take JSON under another media type too. */
export function takeJsonAs(scope: FastifyInstance, media_type: string): void {
  scope.addContentTypeParser(media_type, { parseAs: 'buffer', bodyLimit }, parseBody);
}

/** Makes a scope take JSON bodies only; the media type and size are refused by Fastify itself. */
export function takeJsonOnly(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  takeJsonAs(scope, 'application/json');
}
