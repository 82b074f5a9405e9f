import { read, tryToSend } from '../../server/test/crash/api-client.ts';
import { makeTenants, OPERATOR_KEY } from '../../server/test/crash/crash-tenants.ts';
import { startServer } from '../../server/test/crash/server-process.ts';
import type { Answer } from '../http/keep-alive-connection.ts';
import { postText } from '../http/keep-alive-connection.ts';
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
  const env: Record<string, string> = { TALLYSTICK_DATA: at.folder, TALLYSTICK_OPERATOR_KEY: OPERATOR_KEY };
  if (at.database_url !== undefined) env.DATABASE_URL = at.database_url;
  const server = await startServer(env);
  const { address } = server;
  const tenant_ids = await makeTenants(address, clients, 1);
  const keys = await Promise.all(tenant_ids.map((tenant_id) => makeKey(address, tenant_id)));
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

async function makeKey(address: string, tenant_id: string): Promise<string> {
  const made = await tryToSend(
    { address, key: OPERATOR_KEY, tenant_id },
    { path: `/tenants/${tenant_id}/api-keys`, body: { name: 'bench', scopes: ['write'] } },
  );
  if (made?.status !== 201) throw new Error(`no key: ${JSON.stringify(made)}`);
  return String(made.body.api_key);
}
