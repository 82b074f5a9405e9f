import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Report, skippedSuites, summaryOf } from './test-report.ts';

// Runs Vitest, then says in one loud line each which suites were skipped, and last of all `N passed, N failed`.
// With --soak only *.soak.test.ts, in their long form; any other argument goes to Vitest.

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-tests-'));
const outputFile = join(folder, 'report.json');
const soak = process.argv.includes('--soak');
const rest = process.argv.slice(2).filter((argument) => argument !== '--soak');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${outputFile}`,
    ...(soak ? ['.soak.test.ts'] : []),
    ...rest,
  ],
  { cwd: root, stdio: 'inherit', env: soak ? { ...process.env, TALLYSTICK_SOAK: 'true' } : process.env },
);

const report = readReport();
const skipped = skippedSuites(report);
for (const { file, suite, tests } of skipped) {
  console.log(`!!! SKIPPED: ${suite} (${tests} tests in ${relative(root, file)})`);
}
const unasked = skipped.length > 0 && process.env.REQUIRE_ALL_SUITES === 'true';
if (unasked) console.log('!!! REQUIRE_ALL_SUITES is true, so a skipped suite is a failure');
const { passed, failed } = summaryOf(report, status === 0 && !unasked);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** An absent report means that Vitest did not get as far as running anything. */
function readReport(): Report {
  try {
    return JSON.parse(readFileSync(outputFile, 'utf8'));
  } catch {
    return { testResults: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
