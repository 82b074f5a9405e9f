import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../harness/index.ts';
import { read, tryToSend } from './api-client.ts';
import { callFor } from './call-load.ts';
import { makeTenants, OPERATOR_KEY } from './crash-tenants.ts';
import { runCommand, type ServerProcess, startServer } from './server-process.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
/** Rounds by turns with Tallystick up and stopped: in the long form it is stopped for a minute in all. */
const ROUNDS = soak ? 6 : 1;
const ROUND_MS = soak ? 10_000 : 700;
/** How much of its throughput a host keeps while Tallystick is stopped. */
const SHARE_KEPT = 0.95;
/** How long what waited may take to arrive, for each millisecond in which it gathered. */
const CATCH_UP = 40;

const folder = mkdtempSync(join(tmpdir(), 'tallystick-stopped-'));
let database: TestDatabase;
let env: Record<string, string>;
let server: ServerProcess;
let host: ChildProcess;
let tenant_id: string;
let url: string;

beforeAll(async () => {
  database = await makeTestDatabase('pglite');
  env = { TALLYSTICK_DATA: database.options.data_folder, TALLYSTICK_OPERATOR_KEY: OPERATOR_KEY };
  server = await startServer(env);
  // The same port at the next start: the host knows this address.
  env.PORT = new URL(server.address).port;
  [tenant_id = ''] = await makeTenants(server.address, 1);
  const body = { name: 'host', scopes: ['write'] };
  const root = { address: server.address, key: OPERATOR_KEY, tenant_id };
  const made = await tryToSend(root, { path: `/tenants/${tenant_id}/api-keys`, body });
  const args = [server.address, String(made?.body.api_key), folder];
  host = fork(join(import.meta.dirname, 'metered-host-process.ts'), args, {
    execArgv: ['--conditions=tallystick-source'],
  });
  const [address] = await once(host, 'message');
  url = `${address}/episodes/12`;
});
afterAll(async () => {
  host.kill('SIGKILL');
  await server.kill();
  await database.remove();
  rmSync(folder, { recursive: true, force: true });
});

const median = (figures: number[]) => figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0;

async function recorded(): Promise<number> {
  const target = { address: server.address, key: OPERATOR_KEY, tenant_id };
  return Number((await read(target, '/api-usage/summary')).total_calls);
}

test(
  'a host whose Tallystick is killed under load loses no call, records none twice, and hardly slows',
  async () => {
    let called = await callFor(url, 500);
    const shares: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const while_up = await callFor(url, ROUND_MS);
      await server.kill();
      const while_stopped = await callFor(url, ROUND_MS);
      server = await startServer(env);
      called += while_up + while_stopped;
      // The next round is not to pay for this one.
      await expect.poll(recorded, { timeout: 2 * ROUND_MS * CATCH_UP, interval: 200 }).toBe(called);
      shares.push(while_stopped / while_up);
    }
    const share = median(shares);
    console.log(
      `${called} calls; stopped, the host did ${shares.map((one) => one.toFixed(2)).join(', ')} of its calls`,
    );
    // A second on a busy machine says nothing about 5%.
    if (soak) expect(share).toBeGreaterThan(SHARE_KEPT);
    const ended = once(host, 'exit');
    host.send('close');
    await ended;
    expect(await recorded()).toBe(called);
    const audit = await runCommand(['audit'], env);
    expect(audit, audit.output).toMatchObject({ code: 0 });
  },
  ROUNDS * (2 * ROUND_MS * (CATCH_UP + 1) + 30_000),
);
