import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What becomes of a request. Those named `after` have taken effect in the server behind. */
export type Fate =
  | 'pass'
  | 'drop before'
  | 'drop after'
  | 'cut the answer after'
  | 'hang before'
  | 'hang after'
  | { status: number; headers?: Record<string, string>; body?: string };

/** A proxy before a server, which fails as it is told to. */
export interface FlakyServer {
  base_url: string;
  /** The Idempotency-Key of every request that came. */
  keys: (string | undefined)[];
  /** Called with each request that is left without an answer. */
  onHang: () => void;
  /** What becomes of the next requests, in their order; those beyond pass. */
  fates: Fate[];
  close(): Promise<void>;
}

/** Starts it on a free port of the loopback. */
export async function startFlakyServer(behind: string): Promise<FlakyServer> {
  const server = createServer((request, response) => {
    flaky.keys.push(request.headers['idempotency-key'] as string | undefined);
    void meetFate(flaky.fates.shift() ?? 'pass', behind, request, response).then((hangs) => {
      if (hangs) flaky.onHang();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const flaky: FlakyServer = {
    base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys: [],
    fates: [],
    onHang: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return flaky;
}

/** Answers whether the request is left hanging. */
async function meetFate(
  fate: Fate,
  behind: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (typeof fate === 'object') {
    response.writeHead(fate.status, fate.headers).end(fate.body);
    return false;
  }
  if (fate === 'hang before') return true;
  if (fate === 'drop before') {
    request.socket.destroy();
    return false;
  }
  const answer = await forward(behind, request);
  if (fate === 'hang after') return true;
  if (fate === 'drop after') {
    request.socket.destroy();
    return false;
  }
  const body = await answer.text();
  response.writeHead(answer.status, {
    'content-type': answer.headers.get('content-type') ?? '',
    'content-length': Buffer.byteLength(body),
  });
  if (fate === 'pass') response.end(body);
  else response.write(body.slice(0, -1), () => request.socket.destroy());
  return false;
}

async function forward(behind: string, request: IncomingMessage): Promise<Response> {
  const { method = 'GET', url = '/', headers } = request;
  const kept = ['authorization', 'content-type', 'idempotency-key', 'tallystick-tenant'];
  const sent = Object.entries(headers).filter(([name]) => kept.includes(name)) as [string, string][];
  const body = await text(request);
  return fetch(behind + url, { method, headers: sent, body: body === '' ? null : body });
}
