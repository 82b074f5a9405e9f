import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tallystick } from '@tallystick/sdk';
import { deliverThrough, UsageRecorder } from '@tallystick/sdk/recorder';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageServer } from './usage-server.ts';

let folder: string;
let usage: UsageServer;
let children: ChildProcess[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-killed-'));
  usage = new UsageServer();
  children = [];
  await usage.start();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await usage.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A process that records, and what it has said to be recorded so far. */
function startRecording(prefix: string): { child: ChildProcess; recorded: () => number } {
  const child = fork(join(import.meta.dirname, 'recording-process.ts'), [usage.base_url, folder, prefix], {
    execArgv: ['--conditions=tallystick-source'],
  });
  children.push(child);
  let recorded = 0;
  child.on('message', (count) => {
    recorded = Number(count);
  });
  return { child, recorded: () => recorded };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** What a next start finds is delivered. */
async function deliverLeftovers(): Promise<UsageRecorder> {
  const client = new Tallystick({ base_url: usage.base_url, api_key: 'key' });
  const recorder = new UsageRecorder({ ...deliverThrough(client), spool_folder: folder });
  await recorder.flush();
  await recorder.close();
  return recorder;
}

function expectAll(prefix: string, count: number): void {
  const missing = Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`).filter(
    (id) => !usage.receiver.kept.has(id),
  );
  expect(missing).toEqual([]);
}

const leftovers = () => readdirSync(folder).filter((name) => name.startsWith('usage-'));

test('kill -9 while the server is away: the next start delivers all that was recorded', async () => {
  await usage.stop();
  const { child, recorded } = startRecording('away');
  await expect.poll(recorded, { timeout: 15_000 }).toBeGreaterThan(1000);
  await kill(child);
  await usage.start();
  const { figures } = await deliverLeftovers();
  expectAll('away', recorded());
  expect(figures.delivered).toBe(figures.adopted);
  expect(leftovers()).toEqual([]);
});

test('kill -9 in the middle of deliveries: nothing is lost, and nothing counts twice', async () => {
  for (const prefix of ['first', 'second', 'third']) {
    const { child, recorded } = startRecording(prefix);
    await expect.poll(() => usage.receiver.kept.has(`${prefix}-200`), { timeout: 15_000 }).toBe(true);
    await kill(child);
    await deliverLeftovers();
    expectAll(prefix, recorded());
  }
  expect(leftovers()).toEqual([]);
});

test('two processes in one folder, one of them killed: the other adopts what it left', async () => {
  await usage.stop();
  const first = startRecording('first');
  const second = startRecording('second');
  await expect.poll(first.recorded, { timeout: 15_000 }).toBeGreaterThan(100);
  await expect.poll(second.recorded, { timeout: 15_000 }).toBeGreaterThan(100);
  await kill(first.child);
  await usage.start();
  const { figures } = await deliverLeftovers();
  expectAll('first', first.recorded());
  // The files of the living one are left to it.
  expect(figures.adopted).toBeGreaterThanOrEqual(first.recorded());
  expect(figures.adopted).toBeLessThan(first.recorded() + 100);
  await kill(second.child);
  await deliverLeftovers();
  expectAll('second', second.recorded());
  expect(leftovers()).toEqual([]);
});
