import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const READY = 'database system is ready to accept connections';
const RELAUNCH_TRIES = 100;
const RELAUNCH_PAUSE_MS = 200;
const run = promisify(execFile);

/** A PostgreSQL server of our own that goes away with stop(). */
export interface PostgresCluster {
  /** Of the superuser, on a loopback port. */
  readonly admin_url: string;
  /** kill -9 for the postmaster, and a new one on the same data, which resolves when it takes connections. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

/** The folder of PostgreSQL's server programs, the newest found, or undefined. */
export function findPostgresPrograms(): string | undefined {
  const distribution = '/usr/lib/postgresql';
  const versions = existsSync(distribution) ? readdirSync(distribution) : [];
  const folders = [
    ...versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(distribution, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/**
 * Starts a cluster in a temporary folder. `fsync: false` is faster and loses data when the machine stops, not
 * when a process does.
 */
export async function startPostgresCluster(
  programs: string,
  options: { fsync: boolean },
): Promise<PostgresCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-postgres-'));
  // PostgreSQL refuses to run as root, so root hands the folder to the user that Debian's package made.
  const prefix = process.getuid?.() === 0 ? asPostgresUser(folder) : [];
  const data = join(folder, 'data');
  const initdb = [...prefix, join(programs, 'initdb')];
  initdb.push('-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync');
  const [initdbProgram = '', ...initdbArguments] = initdb;
  await run(initdbProgram, initdbArguments, { cwd: '/' });
  const port = await freePort();
  const postgres = [...prefix, join(programs, 'postgres'), '-D', data, '-p', String(port), '-k', folder];
  postgres.push('-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200');
  postgres.push('-c', `fsync=${options.fsync ? 'on' : 'off'}`);
  const [program = '', ...programArguments] = postgres;
  let server = await launch(program, programArguments);
  return {
    admin_url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    killAndRestart: async () => {
      server.child.kill('SIGKILL');
      await server.ended;
      server = await relaunch(program, programArguments);
    },
    stop: async () => {
      // SIGINT is PostgreSQL's fast shutdown: it cuts clients off and ends in order.
      server.child.kill('SIGINT');
      await server.ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Postmaster {
  child: ChildProcess;
  ended: Promise<void>;
}

/** Starts the server, and resolves when it takes connections. */
async function launch(program: string, programArguments: readonly string[]): Promise<Postmaster> {
  const child = spawn(program, programArguments, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4_000);
      if (log.includes(READY)) {
        resolve();
      }
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${log}`)));
  });
  return { child, ended };
}

/** After a kill the old backends must have gone first: until then the new postmaster refuses, and is tried again. */
async function relaunch(program: string, programArguments: readonly string[]): Promise<Postmaster> {
  for (let tries = 1; ; tries++) {
    try {
      return await launch(program, programArguments);
    } catch (error) {
      if (tries === RELAUNCH_TRIES) throw error;
      await wait(RELAUNCH_PAUSE_MS);
    }
  }
}

function asPostgresUser(folder: string): string[] {
  const [user, group] = ['-u', '-g'].map((flag) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
  );
  if (user === undefined || group === undefined) {
    throw new Error('root needs a user named postgres to run PostgreSQL as');
  }
  chownSync(folder, user, group);
  // The server ends with us, also when a test run is killed and no teardown happens.
  return ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--pdeathsig=INT', '--'];
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') {
    throw new Error('no free port');
  }
  return address.port;
}
