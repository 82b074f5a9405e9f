import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedServer, startServer } from '../started-server.ts';

let server: StartedServer;
beforeAll(async () => {
  server = await startServer({ TALLYSTICK_TEST_CLOCK: 'true' });
});
afterAll(() => server.end());

test('the year runs to its end, its invoices follow each other and its books hold', {
  timeout: 120_000,
}, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=tallystick-source', join(import.meta.dirname, 'year-in-the-life.ts')],
    { env: { ...process.env, ...server.env } },
  );
  const lines = stdout.trimEnd().split('\n');
  const days = lines.filter((line) => line.startsWith('day '));
  const states = days.map((line) => /(starter|professional), \w+/.exec(line)?.[0]);
  expect(states).toEqual([
    'starter, trialing',
    'starter, active',
    'professional, active',
    'professional, active',
    'professional, active',
    'professional, past_due',
    'professional, suspended',
    'professional, active',
    'professional, active',
    'professional, cancelled',
  ]);
  const invoices = lines.filter((line) => line.startsWith('INV-'));
  expect(invoices.map((line) => line.split(/\s+/)[0])).toEqual(
    invoices.map((_line, index) => `INV-${String(index + 1).padStart(6, '0')}`),
  );
  expect(invoices.every((line) => line.includes(' paid '))).toBe(true);
  const total = invoices.reduce((sum, line) => sum + Number(/\s(\d+)\s{3}/.exec(line)?.[1]), 0);
  // Everything that was invoiced is paid, and by the end of the year earned.
  expect(lines).toContain(`${'cash'.padEnd(20)} ${String(total).padStart(10)} USD`);
  expect(lines).toContain(`${'recognised_revenue'.padEnd(20)} ${String(total).padStart(10)} USD`);
  expect(lines.at(-1)).toBe(`identity: ${total} = ${total} USD cents, holds`);
});
