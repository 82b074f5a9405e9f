import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { read } from '../../server/test/crash/api-client.ts';
import { OPERATOR_KEY } from '../../server/test/crash/crash-tenants.ts';
import type { HttpTarget } from './http-side.ts';
import { postText } from './keep-alive-connection.ts';
import { startTallystickServer } from './tallystick-server.ts';

const DEBIT_PATH = '/api/v1/monetization/ai-tokens/usage';
const RESERVE_TOKENS = 1_000_000_000;
const TOKENS_MAX = 20;

/** `tallystick serve` on PostgreSQL, with a tenant and a key for each client. */
export async function startTallystick(
  at: { database_url?: string | undefined; folder: string },
  clients: number,
): Promise<HttpTarget> {
  const { server, tenant_ids, keys } = await startTallystickServer(at, clients, RESERVE_TOKENS);
  const { address } = server;
  await Promise.all(tenant_ids.map((tenant_id) => raiseLimit(address, tenant_id)));
  const asked = Array.from({ length: clients }, () => 0);
  const used = Array.from({ length: clients }, () => 0);
  return {
    address,
    pid: server.pid,
    request: (client) => {
      const tokens_used = 1 + Math.floor(Math.random() * TOKENS_MAX);
      asked[client] = tokens_used;
      return postText(DEBIT_PATH, { authorization: `Bearer ${keys[client]}` }, debitBody(tokens_used));
    },
    take: (client, { status, body }) => {
      if (status !== 201) throw new Error(`a debit was answered ${status} ${body}\n${server.output()}`);
      used[client] = (used[client] ?? 0) + (asked[client] ?? 0);
    },
    check: async () => {
      for (const [client, tenant_id] of tenant_ids.entries()) {
        const balance = await read({ address, key: OPERATOR_KEY, tenant_id }, '/ai-tokens/balance');
        if (balance.tokens_used !== used[client])
          throw new Error(`${used[client]} tokens were answered, and ${balance.tokens_used} were used`);
      }
    },
    stop: async () => {
      await server.stop();
    },
  };
}

/** The limiter stays at work, with a limit that no load reaches. */
export async function raiseLimit(address: string, tenant_id: string): Promise<void> {
  const answer = await fetch(`${address}/api/v1/monetization/rate-limit-policies/requests_per_minute`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${OPERATOR_KEY}`,
      'tallystick-tenant': tenant_id,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ limit: 1_000_000, window_seconds: 60 }),
  });
  if (!answer.ok) throw new Error(`no policy: ${answer.status} ${await answer.text()}`);
}

function debitBody(tokens_used: number): string {
  return JSON.stringify({ tokens_used, feature_type: 'content_generation', request_id: randomUUID() });
}

/** A bare Fastify with an empty route that validates the same body. It is sent the same headers. */
export async function startEmptyPost(): Promise<HttpTarget> {
  const child = fork(join(import.meta.dirname, 'empty-post-process.ts'));
  const [address] = await once(child, 'message');
  const headers = { authorization: `Bearer tally_live_${'x'.repeat(40)}` };
  return {
    address: String(address),
    pid: child.pid ?? 0,
    request: () => postText('/empty', headers, debitBody(1)),
    take: (_client, { status, body }) => {
      if (status !== 201) throw new Error(`an empty POST was answered ${status} ${body}`);
    },
    check: async () => undefined,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** A bare row that is committed by itself: what any durable write costs. */
export interface BareInsert {
  insert(): Promise<void>;
  close(): Promise<void>;
}

/** Inserts into a table of two columns, by a prepared statement of its own transaction. */
export async function openBareInsert(database_url: string): Promise<BareInsert> {
  const client = new pg.Client({ connectionString: database_url });
  await client.connect();
  await client.query('create table public.bare_rows (id uuid primary key, at timestamptz not null)');
  return {
    insert: async () => {
      await client.query({
        name: 'bare',
        text: 'insert into public.bare_rows values ($1, now())',
        values: [randomUUID()],
      });
    },
    close: () => client.end(),
  };
}
