import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { runTallystick } from './spawn-tallystick.ts';

test('bench --list names every bench with its work, from any folder', async () => {
  const { code, stdout, stderr } = await runTallystick(['bench', '--list'], {}, tmpdir());
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^api-usage-summary {2,}\S/m);
});

test.each([
  [['bench', 'no-such-bench'], /^tallystick bench: there is no bench "no-such-bench"/],
  [['bench', '--runs', 'many'], /^tallystick bench: --runs takes a number/],
  [['bench', '--write', '--runs', '1'], /^tallystick bench: what is written is of at least 5 runs/],
])('%j is refused with its usage and code 2', async (args, pattern) => {
  const { code, stdout, stderr } = await runTallystick(args, {});
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(pattern);
  expect(stderr).toContain('usage: tallystick bench');
});
