import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../harness/index.ts';

const repository = resolve(import.meta.dirname, '../../..');
const bin = join(repository, 'server/bin/tallystick.js');
const OPERATOR_KEY = 'operator-key-of-the-documentation-tests';

/** The blocks of a page that are marked `sh`, in order: what a reader would type. Blocks marked `sh setup` are theirs. */
async function shellBlocks(page: string): Promise<string[]> {
  const text = await readFile(join(repository, page), 'utf8');
  return [...text.matchAll(/^```sh( clock)?\n(.*?)^```$/gms)].map((match) => match[2] ?? '');
}

/** A server of its own for one page, on a fresh database and a free port. */
async function startServer(folder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const env = {
    ...process.env,
    ENABLE_MONETIZATION: 'true',
    TALLYSTICK_DATA: folder,
    TALLYSTICK_OPERATOR_KEY: OPERATOR_KEY,
    TALLYSTICK_TEST_CLOCK: 'true',
    LOG_LEVEL: 'warn',
    PORT: '0',
  };
  const server = spawn(process.execPath, [bin, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stopped = new Promise<void>((done) => server.once('exit', () => done()));
  for await (const line of createInterface({ input: server.stdout })) {
    const address = /listening on (http:\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    server.stdout.resume();
    return {
      url: address,
      stop: async () => {
        server.kill('SIGTERM');
        await stopped;
      },
    };
  }
  throw new Error('the server ended before it listened');
}

describe.each(['README.md', 'docs/guide.md', 'docs/billing.md', 'docs/operating.md', 'docs/benchmarks.md'])(
  'the commands of %s',
  (page) => {
    let database: TestDatabase | undefined;
    let folder = '';
    let server: Awaited<ReturnType<typeof startServer>> | undefined;
    beforeAll(async () => {
      database = await makeTestDatabase('pglite');
      folder = database.options.data_folder;
      server = await startServer(folder);
    });
    afterAll(async () => {
      await server?.stop();
      await database?.remove();
    });

    test('run as they stand', async () => {
      const blocks = await shellBlocks(page);
      expect(blocks.length).toBeGreaterThan(0);
      const script = ['set -euo pipefail', ...blocks].join('\n').replaceAll('/tmp/', `${folder}/`);
      const env = {
        ...process.env,
        TALLYSTICK_URL: server?.url,
        TALLYSTICK_KEY: OPERATOR_KEY,
        TALLYSTICK_DATA: folder,
      };
      const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: repository, env });
      if (page === 'README.md') {
        expect(stdout).toContain('"tokens_remaining":98500');
        expect(stdout).toMatch(/all agree: \d+ entries/);
      }
      if (page === 'docs/operating.md') expect(stdout).toContain('"ok":true');
    });
  },
);
