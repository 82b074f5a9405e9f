import type { JsonAnswer } from './write.ts';

const PREFIX = '/api/v1/monetization';
/** Longer than any lock waits (5 s) and any statement (30 s). */
const ANSWER_DEADLINE_MS = 40_000;

/** Whom a request is for, and where to. */
export interface Target {
  address: string;
  key: string;
  tenant_id: string;
}

/** Sends a request and answers what came back; undefined where the connection broke before the whole answer. */
export async function tryToSend(
  { address, key, tenant_id }: Target,
  request: { path: string; body?: object | undefined; idempotency_key?: string | undefined },
): Promise<JsonAnswer | undefined> {
  try {
    const answer = await fetch(address + PREFIX + request.path, {
      method: request.body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'tallystick-tenant': tenant_id,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(request.idempotency_key === undefined ? {} : { 'idempotency-key': request.idempotency_key }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    });
    const body = (await answer.json()) as JsonAnswer['body'];
    return { status: answer.status, replayed: answer.headers.has('idempotent-replayed'), body };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') throw error;
    return undefined;
  }
}

/** Reads something that must be there. */
export async function read(target: Target, path: string): Promise<JsonAnswer['body']> {
  const answer = await tryToSend(target, { path });
  if (answer?.status !== 200) throw new Error(`GET ${path}: ${JSON.stringify(answer)}`);
  return answer.body;
}

/** All pages of a list. */
export async function readAll(target: Target, path: string): Promise<JsonAnswer['body'][]> {
  const rows: JsonAnswer['body'][] = [];
  let cursor: unknown = null;
  do {
    const page = await read(
      target,
      `${path}?limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(String(cursor))}`}`,
    );
    rows.push(...(page.data as JsonAnswer['body'][]));
    cursor = page.next_cursor;
  } while (cursor !== null);
  return rows;
}
