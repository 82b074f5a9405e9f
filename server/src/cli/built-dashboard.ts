import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DashboardFiles, readDashboard } from '../http/index.ts';
import type { Output } from './command.ts';

const run = promisify(execFile);

/**
 * The dashboard's files: those that the published package brings, else those built of the sources of a checkout. What
 * is not built yet, or was built of other sources, is built now, in a few seconds and with a line that says so.
 * Undefined where that cannot be done, with a line that says why; the API does not need it.
 */
export async function builtDashboard(output: Output): Promise<DashboardFiles | undefined> {
  const published = fileURLToPath(new URL('../dashboard/', import.meta.url));
  if (existsSync(join(published, 'index.html'))) return readDashboard(published);
  const workspace = fileURLToPath(new URL('../../../dashboard/', import.meta.url));
  if (!existsSync(join(workspace, 'src'))) return undefined;
  try {
    return readDashboard(await buildOnce(workspace, output));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    output.stderr(`the dashboard could not be built, and is not served: ${reason.split('\n', 1)[0]}\n`);
    return undefined;
  }
}

/** Builds into a folder named after a hash of the sources, and answers that folder. */
async function buildOnce(workspace: string, output: Output): Promise<string> {
  const built = join(workspace, 'dist');
  const name = hashOfSources(workspace);
  const folder = join(built, name);
  if (existsSync(folder)) return folder;
  output.stdout('building the dashboard, once for these sources ...\n');
  const unfinished = join(built, `unfinished-${process.pid}`);
  mkdirSync(built, { recursive: true });
  const vite = createRequire(join(workspace, 'package.json')).resolve('vite/package.json');
  await run(
    process.execPath,
    [join(dirname(vite), 'bin/vite.js'), 'build', '--outDir', unfinished, '--logLevel', 'error'],
    { cwd: workspace, env: { ...process.env, NODE_ENV: 'production' } },
  );
  takePlace(unfinished, folder);
  for (const former of readdirSync(built)) {
    // What is unfinished is another process's.
    if (former !== name && !former.startsWith('unfinished-'))
      rmSync(join(built, former), { recursive: true, force: true });
  }
  return folder;
}

/** Another process may have been faster with the same files. */
function takePlace(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** A hash of all that the build reads: the dashboard's files and those of the SDK. */
function hashOfSources(workspace: string): string {
  const hash = createHash('sha256');
  const files = globSync(['*.{html,json,ts}', 'src/**/*.*', '../sdk/src/**/*.ts', '../package-lock.json'], {
    cwd: workspace,
  });
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(workspace, file)));
  return hash.digest('hex').slice(0, 16);
}
