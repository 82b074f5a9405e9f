import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { hasEngine } from '../../server/test/harness/index.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const PATIENCE_MS = 120_000;

test.skipIf(!hasEngine('postgres'))(
  'a billing run over a few tenants makes the invoices that it should',
  { timeout: PATIENCE_MS },
  async () => {
    const asked = ['--conditions=tallystick-source', MAIN, 'billing', '--json'];
    const env = { ...process.env, TENANTS: '40' };
    const { stdout } = await promisify(execFile)(process.execPath, asked, { env, timeout: PATIENCE_MS });
    const [{ figures }] = JSON.parse(stdout).results;
    expect(figures).toContainEqual(expect.objectContaining({ unit: 'faults', value: 0 }));
  },
);
