import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { KeepAliveConnection } from '../http/keep-alive-connection.ts';
import type { BenchRow, Side } from '../row.ts';
import { processOf } from '../run/processor-time.ts';
import { timed } from '../run/timed.ts';

const CLIENTS = 64;
const RUN_MS = 2000;
const WARM_UP_MS = 2000;
/** How long what was recorded may take to be delivered after a run. */
const DELIVERY_DEADLINE_MS = 10_000;
const REQUEST = 'GET /episodes/42 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer x\r\n\r\n';

/** What metering costs a host: the plugin, the journal on disk and the posting of every call. */
export const meteredRoute: BenchRow = {
  name: 'metered-route',
  work: "a route of Fastify with the plugin of the SDK, which journals every call and posts it in batches, 64 connections; against the same route without it: requests per second of the host's processor time",
  compare: 'cpu',
  goal: 0.85,
  needs: [],
  open: async ({ folder }) => {
    const receiver = await openReceiver();
    const ours = await openHost('Fastify with @tallystick/sdk/fastify', [receiver.address, folder], receiver);
    const theirs = await openHost('Fastify', []);
    return { ours, theirs };
  },
};

/** Stands for the server of Tallystick, which is not what is measured here: takes batches and counts their events. */
async function openReceiver() {
  let events = 0;
  const server = createServer((request, answer) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const accepted = (JSON.parse(Buffer.concat(pieces).toString()) as unknown[]).length;
      events += accepted;
      answer.writeHead(202, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ accepted, duplicates: 0, rejected: [] }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events: () => events,
    close: () => void server.close(),
  };
}

async function openHost(
  name: string,
  arguments_: string[],
  receiver?: Awaited<ReturnType<typeof openReceiver>>,
): Promise<Side> {
  const child = fork(join(import.meta.dirname, '../metered-route/host-process.ts'), arguments_, {
    execArgv: ['--conditions=tallystick-source'],
  });
  const [address] = await once(child, 'message');
  const connections = await Promise.all(
    Array.from({ length: CLIENTS }, () => KeepAliveConnection.open(String(address))),
  );
  let answered = 0;
  const load = async (milliseconds: number): Promise<number> => {
    const before = answered;
    const until = performance.now() + milliseconds;
    await Promise.all(
      connections.map(async (connection) => {
        for (; performance.now() < until; answered += 1) {
          const { status } = await connection.send(REQUEST);
          if (status !== 200) throw new Error(`the route answered ${status}`);
        }
      }),
    );
    // Delivery is part of the work, so it is waited for and counted.
    if (receiver !== undefined) await delivered(receiver, answered);
    return answered - before;
  };
  await load(WARM_UP_MS);
  return {
    name,
    run: () => timed(processOf(child.pid ?? 0), () => load(RUN_MS)),
    close: async () => {
      for (const connection of connections) connection.close();
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
      receiver?.close();
    },
  };
}

async function delivered(receiver: Awaited<ReturnType<typeof openReceiver>>, events: number): Promise<void> {
  const until = performance.now() + DELIVERY_DEADLINE_MS;
  while (receiver.events() < events) {
    if (performance.now() > until) throw new Error(`${receiver.events()} of ${events} calls were delivered`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  if (receiver.events() > events) throw new Error(`${receiver.events()} calls were delivered of ${events}`);
}
