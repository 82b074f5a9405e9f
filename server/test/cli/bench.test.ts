import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { runTallystick } from './spawn-tallystick.ts';

const root = join(import.meta.dirname, '../../..');

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

test('where the package is without the checkout, it says that the benches are not in it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-package-'));
  try {
    for (const part of ['bin', 'src', 'package.json'])
      cpSync(join(root, 'server', part), join(folder, 'server', part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const bin = join(folder, 'server/bin/tallystick.js');
    const refused = await promisify(execFile)(process.execPath, [bin, 'bench']).catch((error) => error);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^tallystick: the benchmarks are part of the checkout .*\n$/),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
