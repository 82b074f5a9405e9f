import { errorOfAnswer, NoAnswerError, TallystickError } from './errors.ts';
import type { CallOptions, TallystickOptions, Timing } from './options.ts';

/** A request that is complete, so that every attempt sends the same. */
export interface PreparedRequest {
  method: string;
  url: string;
  headers: Headers;
  body: string | undefined;
  idempotency_key: string | undefined;
}

/** An operation as the generated methods name it. */
export interface OperationCall {
  method: string;
  /** With parameters as {name}. */
  path: string;
  /** Its fields; or an array, or a text that is JSON already, which is the body as it stands. */
  input: object | string;
}

/** Puts a request together. Throws a TypeError where the input cannot be sent at all. */
export function prepareRequest(
  client: TallystickOptions,
  { method, path, input }: OperationCall,
  options: CallOptions,
): PreparedRequest {
  const is_whole = typeof input === 'string' || Array.isArray(input);
  const named = is_whole ? [] : Object.entries(input);
  const fields = new Map(named.filter(([, value]) => value !== undefined));
  const filled = path.replace(/\{(\w+)\}/g, (_parameter, name: string) => {
    const value = String(fields.get(name) ?? '');
    // These would not be a segment of the path but change which route it is.
    if (['', '.', '..'].includes(value)) throw new TypeError(`${name} cannot be ${JSON.stringify(value)}`);
    fields.delete(name);
    return encodeURIComponent(value);
  });
  const url = new URL(client.base_url.replace(/\/+$/, '') + filled);
  const headers = new Headers({ accept: 'application/json' });
  if (client.api_key !== undefined) headers.set('authorization', `Bearer ${client.api_key}`);
  const tenant_id = options.tenant_id ?? client.tenant_id;
  if (tenant_id !== undefined) headers.set('tallystick-tenant', tenant_id);
  if (method === 'GET') {
    for (const [name, value] of fields) url.searchParams.set(name, String(value));
    return { method, url: url.href, headers, body: undefined, idempotency_key: undefined };
  }
  const idempotency_key =
    options.idempotency_key === null ? undefined : (options.idempotency_key ?? crypto.randomUUID());
  if (idempotency_key !== undefined) headers.set('idempotency-key', idempotency_key);
  // A DELETE with a body is lost in some proxies; ours have no fields but those of the path.
  const json =
    typeof input === 'string' ? input : JSON.stringify(is_whole ? input : Object.fromEntries(fields));
  const body = method === 'DELETE' ? undefined : json;
  if (body !== undefined) headers.set('content-type', 'application/json');
  return { method, url: url.href, headers, body, idempotency_key };
}

/** What an attempt goes by. */
export interface AttemptTerms {
  fetch: typeof globalThis.fetch;
  timing: Timing;
  timeout_ms: number;
  signal: AbortSignal | undefined;
}

/**
 * Sends a request once and answers the body of a success. Throws a NoAnswerError where none came in time, another
 * TallystickError for a refusal, and the signal's reason once that is aborted.
 */
export async function attemptRequest(request: PreparedRequest, terms: AttemptTerms): Promise<unknown> {
  const { fetch, timing, timeout_ms, signal } = terms;
  signal?.throwIfAborted();
  const ending = new AbortController();
  const timer = new AbortController();
  const end = () => ending.abort(signal?.reason);
  let timed_out = false;
  signal?.addEventListener('abort', end, { once: true });
  timing.sleep(timeout_ms, timer.signal).then(
    () => {
      timed_out = true;
      ending.abort();
    },
    // The answer was there first.
    () => undefined,
  );
  try {
    const { method, headers, body = null } = request;
    const response = await fetch(request.url, {
      method,
      headers,
      body,
      redirect: 'manual',
      signal: ending.signal,
    });
    const text = await response.text();
    return readAnswer(response, text);
  } catch (cause) {
    if (cause instanceof TallystickError) throw cause;
    signal?.throwIfAborted();
    if (timed_out)
      throw new NoAnswerError({ code: 'timed_out', detail: `no answer within ${timeout_ms} ms` }, { cause });
    const detail = `no answer from ${new URL(request.url).origin}`;
    throw new NoAnswerError({ code: 'connection_failed', detail }, { cause });
  } finally {
    timer.abort();
    signal?.removeEventListener('abort', end);
  }
}

function readAnswer(response: Response, text: string): unknown {
  if (!response.ok) throw errorOfAnswer(response, text);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = `HTTP ${response.status} with something that is not JSON`;
    throw new TallystickError({ code: 'answer_unreadable', detail, status: response.status }, { cause });
  }
}
