import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedServer, startServer } from '../started-server.ts';

let server: StartedServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.end());

test('the example runs to its end, and its figures add up', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=tallystick-source', join(import.meta.dirname, 'sell-and-spend.ts')],
    { env: { ...process.env, ...server.env } },
  );
  const lines = stdout.trimEnd().split('\n');
  expect(lines.filter((line) => !/^(tenant|receipt|statement) /.test(line))).toEqual([
    'bought      100000 tokens for 1000 cents',
    'given       5000 tokens, now 105000',
    'used        4200 for transcript_analysis, now 100800',
    'used        1300 for ad_generation, now 99500',
    'settled     1870 of 4000 held, now 97630: "In short: A talk about lightho..."',
    'refused     1000000 are needed, 97630 are there',
    'replays     true',
    'refunded    976 cents for 97600 tokens, now 30',
  ]);
  const statement = lines
    .filter((line) => line.startsWith('statement'))
    .map((line) => line.split(' ').slice(4));
  expect(statement).toEqual([
    ['-97600', '->', '30'],
    ['-1870', '->', '97630'],
    ['-1300', '->', '99500'],
    ['-4200', '->', '100800'],
    ['5000', '->', '105000'],
    ['100000', '->', '100000'],
  ]);
});
