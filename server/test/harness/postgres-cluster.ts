import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const READY = 'database system is ready to accept connections';
const run = promisify(execFile);

/** A PostgreSQL server of our own that goes away with stop(). */
export interface PostgresCluster {
  /** Of the superuser, on a loopback port. */
  readonly admin_url: string;
  /** The postmaster's process id, for tests that kill it. */
  readonly process_id: number;
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
  const server = spawn(program, programArguments, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4_000);
      if (log.includes(READY)) {
        resolve();
      }
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${log}`)));
  });
  return {
    admin_url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    process_id: server.pid ?? 0,
    stop: async () => {
      // SIGINT is PostgreSQL's fast shutdown: it cuts clients off and ends in order.
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
