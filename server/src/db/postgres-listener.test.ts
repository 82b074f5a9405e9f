import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { describeOnPostgres } from '../../test/harness/index.ts';
import { monotonicMs } from '../clock/index.ts';
import { type Change, publishChange } from './change-feed.ts';
import { listenerUrl } from './postgres-engine.ts';
import { PostgresListener } from './postgres-listener.ts';

const ROOT = '00000000-0000-0000-0000-000000000000';
const change: Change = { topic: 'api_keys', tenant_id: ROOT };

/** A way to the server that can be cut, or go silent with all its connections open. */
async function makeWay(database_url: string) {
  const { hostname, port } = new URL(database_url);
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.push(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('close', () => to.destroy());
      from.on('error', () => undefined);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  const url = new URL(database_url);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.href,
    silence: () => {
      for (const socket of sockets) socket.removeAllListeners('data').pause();
    },
    cut: () => {
      for (const socket of sockets.splice(0)) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describeOnPostgres('the connection that listens for changes', (getDb, { get }) => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function listen() {
    const way = await makeWay(get().options.database_url ?? '');
    const told: (Change | undefined)[] = [];
    const listener = new PostgresListener(listenerUrl(way.url), (heard) => told.push(heard));
    closing.push(() => listener.close(), way.close);
    const isCurrent = () => listener.isCurrent(monotonicMs());
    expect(isCurrent()).toBe(false);
    await expect.poll(isCurrent, { timeout: 5000 }).toBe(true);
    return { way, told, isCurrent };
  }

  it('tells what a committed transaction published, and nothing of one that was rolled back', async () => {
    const { told } = await listen();
    const undone = getDb().inTenant(ROOT, async (tx) => {
      await publishChange(tx, { topic: 'tenants', tenant_id: ROOT });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await getDb().inTenant(ROOT, (tx) => publishChange(tx, change));
    await expect.poll(() => told).toEqual([change]);
  });

  it('is not current a second after it went silent, and begins anew with everything forgotten', async () => {
    const { way, told, isCurrent } = await listen();
    way.silence();
    const silent_since_ms = monotonicMs();
    await expect.poll(isCurrent, { timeout: 3000, interval: 10 }).toBe(false);
    expect(monotonicMs() - silent_since_ms).toBeLessThan(1100);
    await expect.poll(isCurrent, { timeout: 5000 }).toBe(true);
    expect(told).toContain(undefined);
    await getDb().inTenant(ROOT, (tx) => publishChange(tx, change));
    await expect.poll(() => told.at(-1)).toEqual(change);
  });

  it('is not current from the moment it is cut off, and says so', async () => {
    const { way, told, isCurrent } = await listen();
    way.cut();
    await expect.poll(isCurrent, { interval: 5 }).toBe(false);
    expect(told).toContain(undefined);
    await expect.poll(isCurrent, { timeout: 5000 }).toBe(true);
  });

  it('closes while it connects', { timeout: 2000 }, async () => {
    const way = await makeWay(get().options.database_url ?? '');
    closing.push(way.close);
    const listener = new PostgresListener(listenerUrl(way.url), () => undefined);
    expect(listener.isCurrent(monotonicMs())).toBe(false);
    await listener.close();
    expect(listener.isCurrent(monotonicMs())).toBe(false);
  });
});
