import { read } from '../../server/test/crash/api-client.ts';
import { OPERATOR_KEY } from '../../server/test/crash/crash-tenants.ts';
import type { Answer } from '../http/keep-alive-connection.ts';
import { postText } from '../http/keep-alive-connection.ts';
import { startTallystickServer } from '../http/tallystick-server.ts';
import { callMaker } from './calls.ts';

const PATH = '/api/v1/monetization/api-usage/events';

/** Where a load posts calls to: `tallystick serve` on PostgreSQL, with a tenant and a key for each client. */
export interface EventsTarget {
  address: string;
  pid: number;
  /** A request with so many new calls of a client; clients count from 0. */
  request(client: number, events: number): string;
  /** Throws where an answer does not say that all of them are recorded, each for the first time. */
  take(client: number, events: number, answer: Answer): void;
  /** Throws where the summaries are not those of the answers given. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the server, in a process of its own. */
export async function startEventsTarget(
  at: { database_url?: string | undefined; folder: string },
  clients: number,
): Promise<EventsTarget> {
  const { server, tenant_ids, keys } = await startTallystickServer(at, clients, 1);
  const { address } = server;
  const makeCall = callMaker();
  const sent = tenant_ids.map(() => 0);
  return {
    address,
    pid: server.pid,
    request: (client, events) => {
      const body = Array.from({ length: events }, () => {
        const { source: _source, counted: _counted, ...event } = makeCall();
        return event;
      });
      return postText(PATH, { authorization: `Bearer ${keys[client]}` }, JSON.stringify(body));
    },
    take: (client, events, { status, body }) => {
      if (status !== 202 || !body.startsWith(`{"accepted":${events},`))
        throw new Error(`${events} calls were answered ${status} ${body}\n${server.output()}`);
      sent[client] = (sent[client] ?? 0) + events;
    },
    check: async () => {
      for (const [client, tenant_id] of tenant_ids.entries()) {
        const { total_calls } = await read({ address, key: OPERATOR_KEY, tenant_id }, '/api-usage/summary');
        if (total_calls !== sent[client])
          throw new Error(`${sent[client]} calls were answered, and ${total_calls} are counted`);
      }
    },
    stop: async () => {
      await server.stop();
    },
  };
}
