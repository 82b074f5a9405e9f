import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { bodyHash, type Json, toJson } from '../json/index.ts';
import { claimKey, completeKey, httpKeyLifetimeMs, isRequestKey } from '../request-keys/index.ts';
import type { ErasedAnswer, FileBytes, IdempotencyClaim, Route, RouteContext } from './define-route.ts';
import { takesIdempotencyKey } from './openapi.ts';
import { QuickCheck } from './quick-check.ts';
import { type Input, readInput } from './read-input.ts';
import type { Services } from './services.ts';

/** An answer ready to be sent: its JSON text, checked against the schema. */
interface Reply {
  status: number;
  /** undefined for an answer without a body (204). */
  text: string | undefined;
  /** Instead of text, in a media type of its own. */
  file?: { bytes: FileBytes; media_type: string };
  replayed: boolean;
  headers: Readonly<Record<string, string>> | undefined;
}

/**
 * Makes the Fastify handler of a route: validate, run in the tenant's transaction as the mode says,
 * check the answer against its schema, send. The answer is made and checked before the commit, so that
 * an answer which cannot be given leaves no trace.
 */
export function routeHandler(route: Route, services: Services) {
  const namespace = `http:${route.method} ${route.path}`;
  return async function handleRoute(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { caller, authority } = request;
    if (caller === null || authority === null) throw new Error('a route ran before its caller was known');
    const input = readInput(route, request);
    const context: RouteContext = {
      // Mode own has none; the two other modes set it before the handler sees the context.
      tx: undefined as unknown as Tx,
      tenant_id: authority.tenant_id,
      tenant_named: authority.tenant_named,
      caller,
      params: input.params,
      query: input.query,
      body: input.body,
      now: services.clock.now(authority.tenant_id),
      services,
      idempotency: undefined,
      media_type: mediaTypeOf(request),
      accepted: acceptedOf(route, request),
      request_id: request.id,
      log: request.log,
    };
    const idempotency = takesIdempotencyKey(route) ? idempotencyOf(request, namespace, input) : undefined;
    return send(reply, await run(route, context, idempotency));
  };
}

function mediaTypeOf(request: FastifyRequest): string {
  const [type = ''] = (request.headers['content-type'] ?? 'application/json').split(';');
  return type.trim().toLowerCase();
}

/** The first of the media types of Accept that the route answers in; JSON where it is none. */
function acceptedOf({ also_answers }: Route, request: FastifyRequest): string {
  if (also_answers === undefined) return JSON_TYPE;
  const asked = (request.headers.accept ?? '')
    .split(',')
    .map((part) => part.split(';', 1)[0]?.trim().toLowerCase());
  return asked.find((type) => type !== undefined && [JSON_TYPE, ...also_answers].includes(type)) ?? JSON_TYPE;
}

const JSON_TYPE = 'application/json';

/** Runs the handler as the route's mode asks. */
async function run(
  route: Route,
  context: RouteContext,
  idempotency: IdempotencyClaim | undefined,
): Promise<Reply> {
  if (route.mode === 'own') {
    context.idempotency = idempotency;
    return checked(route, await route.handler(context), context.accepted);
  }
  return context.services.db.inTenant(context.tenant_id, async (tx) => {
    context.tx = tx;
    if (idempotency !== undefined) return runOnce(route, context, tx, idempotency);
    return checked(route, await route.handler(context));
  });
}

/** The write under an Idempotency-Key: claim, work and stored answer commit together or not at all. */
async function runOnce(
  route: Route,
  context: RouteContext,
  tx: Tx,
  idempotency: IdempotencyClaim,
): Promise<Reply> {
  const name = { tenant_id: context.tenant_id, namespace: idempotency.namespace, key: idempotency.key };
  const found = await claimKey(tx, {
    ...name,
    body_hash: idempotency.body_hash,
    now: context.now,
    reused_code: 'idempotency_key_reused',
    expires_at: new Date(context.now.getTime() + httpKeyLifetimeMs),
  });
  if (found.state === 'in_flight')
    fail('request_in_flight', 'The first request with this key is still under way.');
  if (found.state === 'completed') {
    const text = found.status === 204 ? undefined : JSON.stringify(found.body);
    return { status: found.status, text, replayed: true, headers: undefined };
  }
  const answer = await route.handler(context);
  const body = checkedBody(route, answer);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response_text = storedText(route, body, text);
  await completeKey(tx, name, { status: answer.status, response_text });
  return { status: answer.status, text, replayed: answer.replayed === true, headers: answer.headers };
}

/** What is stored for replays: the very text that is sent, less the fields that are shown once. */
function storedText(route: Route, body: Json | undefined, text: string | undefined): string {
  if (text === undefined) return 'null';
  if (route.secret_fields === undefined || typeof body !== 'object' || body === null) return text;
  const kept: Record<string, Json> = { ...(body as Record<string, Json>) };
  for (const field of route.secret_fields) delete kept[field];
  return JSON.stringify(kept);
}

/** The Idempotency-Key of a request bound to what it asks for, path parameters included. */
function idempotencyOf(
  request: FastifyRequest,
  namespace: string,
  input: Input,
): IdempotencyClaim | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = headerText(String(header));
  if (key === undefined || !isRequestKey(key)) {
    fail('idempotency_key_invalid', 'Idempotency-Key takes 1 to 255 printable characters.');
  }
  return { key, namespace, body_hash: bodyHash([input.params, input.query, input.body]) };
}

/** Node hands headers out as Latin-1; what a client wrote is UTF-8. undefined where it is not. */
function headerText(header: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(header)) return header;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    return undefined;
  }
}

const quick = new QuickCheck('answer');

/** The answer's body as JSON, or an error (and so a 500 and a rollback) where it breaks its own schema. */
function checkedBody(route: Route, answer: ErasedAnswer): Json | undefined {
  const schema = route.responses[answer.status];
  if (schema === undefined) throw new Error(`${route.operation_id} answered an undeclared ${answer.status}`);
  const body = answer.body === undefined ? undefined : toJson(answer.body);
  if (quick.saysYes(schema, body)) return body;
  const result = schema.safeParse(body);
  if (!result.success) {
    throw new Error(`the answer of ${route.operation_id} breaks its schema`, { cause: result.error });
  }
  return body;
}

function checked(route: Route, answer: ErasedAnswer, accepted = JSON_TYPE): Reply {
  const { status, bytes, headers } = answer;
  if (bytes !== undefined && route.also_answers?.includes(accepted))
    return { status, text: undefined, file: { bytes, media_type: accepted }, replayed: false, headers };
  const body = checkedBody(route, answer);
  const text = body === undefined ? undefined : JSON.stringify(body);
  return { status: answer.status, text, replayed: answer.replayed === true, headers: answer.headers };
}

function send(reply: FastifyReply, answer: Reply): FastifyReply {
  reply.code(answer.status);
  if (answer.replayed) reply.header('idempotent-replayed', 'true');
  if (answer.headers !== undefined) reply.headers(answer.headers);
  if (answer.file !== undefined)
    return reply.header('content-type', answer.file.media_type).send(sendable(answer.file.bytes));
  if (answer.text === undefined) return reply.send();
  // Text with its type set passes Fastify by: no second serialisation.
  return reply.header('content-type', 'application/json; charset=utf-8').send(answer.text);
}

/** Parts are asked for as fast as the client takes them. */
function sendable(bytes: FileBytes): Buffer | Readable {
  return bytes instanceof Uint8Array ? Buffer.from(bytes) : Readable.from(bytes, { objectMode: false });
}
