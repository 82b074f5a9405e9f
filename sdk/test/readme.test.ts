import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServedProduct, serveProduct } from './served-product.ts';

const run = promisify(execFile);
const sdk = join(import.meta.dirname, '..');
/** A program of a user of the published package: the README's snippets. */
const folder = mkdtempSync(join(tmpdir(), 'tallystick-sdk-'));
const installed = join(folder, 'node_modules/@tallystick/sdk');
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

let product: ServedProduct;
beforeAll(async () => {
  product = await serveProduct();
  for (const [program, page] of [
    ['sdk.mts', join(sdk, 'README.md')],
    ['first-page.mts', join(sdk, '../README.md')],
  ] as const) {
    const snippets = [...readFileSync(page, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)];
    writeFileSync(join(folder, program), snippets.map((match) => match[1]).join('\n'));
  }
  await run(process.execPath, [
    tsc,
    '-p',
    join(sdk, 'tsconfig.build.json'),
    '--outDir',
    join(installed, 'dist'),
  ]);
  cpSync(join(sdk, 'package.json'), join(installed, 'package.json'));
  for (const name of ['@types', 'fastify']) {
    symlinkSync(join(sdk, '../node_modules', name), join(folder, 'node_modules', name), 'junction');
  }
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await product.close();
});

/** The lowest version of Node on the PATH: npm scripts put ours first, and the system's is often older. */
async function oldestNode(): Promise<{ path: string; major: number }> {
  const paths = (process.env.PATH ?? '').split(delimiter).map((path) => join(path, 'node'));
  const found = await Promise.all(
    [process.execPath, ...paths.filter(existsSync)].map(async (path) => {
      const { stdout } = await run(path, ['--version']);
      return { path, major: Number.parseInt(stdout.slice(1), 10) };
    }),
  );
  const supported = found.filter(({ major }) => major >= 20).sort((a, b) => a.major - b.major);
  return supported[0] ?? { path: process.execPath, major: 24 };
}

/** Compiles a program as a strict user of the published package would, and runs it on the oldest Node there is. */
async function runProgram(name: string): Promise<string[]> {
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--types', 'node'];
  const target = ['--module', 'nodenext', '--target', 'es2022', '--ignoreConfig'];
  await run(process.execPath, [tsc, ...strict, ...target, join(folder, `${name}.mts`)], { cwd: folder });
  const node = await oldestNode();
  const { stdout } = await run(node.path, [join(folder, `${name}.mjs`)], {
    cwd: folder,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      TALLYSTICK_URL: product.base_url,
      TALLYSTICK_KEY: product.operator_key,
    },
  });
  return stdout.trimEnd().split('\n');
}

test('what is built runs the README of the client on the oldest Node there is', async () => {
  const lines = await runProgram('sdk');
  expect(lines.slice(0, 3)).toEqual([
    '98800',
    'In short: patience. 96930',
    '1000000 96930 /api/v1/monetization/ai-tokens/purchase',
  ]);
  // Both uses are of one moment, because the clock of this server stands still.
  expect(lines.slice(3).sort()).toEqual(['content_generation 1870', 'transcript_analysis 1200']);
});

test('the integration of the first page does what it says', async () => {
  expect(await runProgram('first-page')).toEqual(['In short: patience. 48130']);
});
