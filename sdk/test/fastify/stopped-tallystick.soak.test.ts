import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UsageServer } from '../recorder/usage-server.ts';
import { callFor } from './call-load.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
/** Rounds by turns with Tallystick up and stopped: in the long form it is stopped for a minute in all. */
const ROUNDS = soak ? 6 : 2;
const ROUND_MS = soak ? 10_000 : 1500;
/** How much of its throughput a host keeps while Tallystick is stopped. */
const SHARE_KEPT = 0.95;

const folder = mkdtempSync(join(tmpdir(), 'tallystick-stopped-'));
const usage = new UsageServer();
let host: ChildProcess;
let url: string;

beforeAll(async () => {
  await usage.start();
  host = fork(join(import.meta.dirname, 'metered-host-process.ts'), [usage.base_url, folder], {
    execArgv: ['--conditions=tallystick-source'],
  });
  const [address] = await once(host, 'message');
  url = `${address}/episodes/12`;
});
afterAll(async () => {
  host.kill('SIGKILL');
  await usage.stop();
  rmSync(folder, { recursive: true, force: true });
});

const median = (figures: number[]) => figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0;

test(
  'a host whose Tallystick is stopped under load loses no call, and hardly slows',
  async () => {
    let called = await callFor(url, 500);
    const shares: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const while_up = await callFor(url, ROUND_MS);
      await usage.stop();
      const while_stopped = await callFor(url, ROUND_MS);
      await usage.start();
      // The next round is not to pay for this one.
      called += while_up + while_stopped;
      await expect.poll(() => usage.receiver.kept.size, { timeout: 60_000 }).toBe(called);
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
    expect(usage.receiver.kept.size).toBe(called);
  },
  ROUNDS * (2 * ROUND_MS + 60_000),
);
