import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { tryToSend } from '../../server/test/crash/api-client.ts';
import { OPERATOR_KEY } from '../../server/test/crash/crash-tenants.ts';
import { raiseLimit } from './debit-targets.ts';
import type { HttpTarget } from './http-side.ts';
import { getText } from './keep-alive-connection.ts';
import { startTallystickServer } from './tallystick-server.ts';

const FEATURE = 'episodes_per_month';
const PATH = `/api/v1/monetization/entitlements/${FEATURE}`;

/** `tallystick serve` on PostgreSQL, with a tenant and a key for each client, each with one use of a metered feature. */
export async function startEntitlements(
  at: { database_url?: string | undefined; folder: string },
  clients: number,
): Promise<HttpTarget> {
  const { server, tenant_ids, keys } = await startTallystickServer(at, clients, 1);
  const { address } = server;
  await Promise.all(tenant_ids.map((tenant_id) => raiseLimit(address, tenant_id)));
  await Promise.all(tenant_ids.map((tenant_id) => useOnce(address, tenant_id)));
  const requests = keys.map((key) => getText(PATH, { authorization: `Bearer ${key}` }));
  return {
    address,
    pid: server.pid,
    request: (client) => requests[client] ?? '',
    take: (_client, { status, body }) => {
      if (status !== 200 || !body.includes('"used":1,'))
        throw new Error(`an entitlement was answered ${status} ${body}\n${server.output()}`);
    },
    check: async () => undefined,
    stop: async () => {
      await server.stop();
    },
  };
}

async function useOnce(address: string, tenant_id: string): Promise<void> {
  const use = { path: `/entitlements/${FEATURE}/usage`, body: { quantity: 1, request_id: randomUUID() } };
  const made = await tryToSend({ address, key: OPERATOR_KEY, tenant_id }, use);
  if (made?.status !== 201) throw new Error(`no use: ${JSON.stringify(made)}`);
}

/** A bare Fastify with an empty route that validates the same path and query. It is sent the same headers. */
export async function startEmptyGet(): Promise<HttpTarget> {
  const child = fork(join(import.meta.dirname, 'empty-get-process.ts'));
  const [address] = await once(child, 'message');
  const request = getText(`/empty/${FEATURE}`, { authorization: `Bearer tally_live_${'x'.repeat(40)}` });
  return {
    address: String(address),
    pid: child.pid ?? 0,
    request: () => request,
    take: (_client, { status, body }) => {
      if (status !== 200) throw new Error(`an empty GET was answered ${status} ${body}`);
    },
    check: async () => undefined,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
