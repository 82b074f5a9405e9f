import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { UsageEvent } from '@tallystick/sdk/recorder';
import { Receiver } from './receiver.ts';

/** An answer other than the route's own; `hang` is none. */
export type Answer = 'hang' | { status: number; headers?: Record<string, string>; problem?: object };

/**
 * What the contract says of `POST /api-usage/events` and nothing more, over HTTP, on a port that stays the same over
 * stops and starts. Where the calls of a host end up in tests that need no database.
 */
export class UsageServer {
  readonly receiver = new Receiver<UsageEvent & Record<string, unknown>>();
  /** How the next requests for events are answered, in their order; those beyond get what the route answers. */
  readonly answers: Answer[] = [];
  /** The same for decisions, which are otherwise allowed; and what was asked. */
  answerDecision: (asked: Record<string, unknown>) => Answer = () => ({
    status: 200,
    problem: { allowed: true },
  });
  readonly asked: Record<string, unknown>[] = [];
  #server: Server | undefined;
  #port = 0;

  get base_url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What was recorded, in the order it came. */
  get events(): UsageEvent[] {
    return [...this.receiver.kept.values()];
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** At once, with whatever is under way, as kill -9 would. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await json(request)) as never;
    if (request.url?.endsWith('/decisions')) {
      this.asked.push(body);
      give(response, this.answerDecision(body));
      return;
    }
    const answer = this.answers.shift();
    if (answer !== undefined) give(response, answer);
    else if (request.url === '/api/v1/monetization/api-usage/events' && Array.isArray(body))
      give(response, { status: 202, problem: this.receiver.receive(body) });
    else give(response, { status: 422, problem: { code: 'request_invalid', detail: 'no array of events' } });
  }
}

function give(response: ServerResponse, answer: Answer): void {
  if (answer === 'hang') return;
  const { status, headers = {}, problem = {} } = answer;
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(problem));
}
