import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgresPrograms } from '../../server/test/harness/postgres-cluster.ts';
import type { Reading, Side } from '../row.ts';
import { ownProcess, type ProcessorClock, postgresServer, together } from '../run/processor-time.ts';
import { timed } from '../run/timed.ts';

const RUN_S = 2;
const TRIAL_S = 1;
/** Numbers of clients that are tried; the best is kept. */
const CLIENTS = [4, 8, 16, 32];

/** One statement that is a transaction by itself. */
export interface PeerStatement {
  /** With variables as pgbench has them, `:tokens` say. */
  text: string;
  /** Whole numbers drawn for each transaction, both bounds included. */
  variables: Record<string, { from: number; to: number }>;
}

/** A peer that commits one statement again and again. */
export interface PeerOptions {
  /** As in `pgledger c18c7d2`. */
  name: string;
  database_url: string;
  folder: string;
  statement: PeerStatement;
  /** Told how many were committed in all after each run; throws where the database says otherwise. */
  check(committed: number): Promise<void>;
}

/** Runs the statement for so many seconds with so many clients. */
type Run = (clients: number, seconds: number) => Promise<Reading>;

/**
 * Opens a peer at its best number of clients. The clients are pgbench's with prepared statements, which cost least;
 * where it is not installed they are of this process.
 */
export async function openSqlClients(options: PeerOptions): Promise<Side> {
  const database = await postgresServer(options.database_url);
  const pgbench = findPgbench();
  const run =
    pgbench === undefined ? nodeClients(options, database) : pgbenchClients(pgbench, options, database);
  let committed = 0;
  const read: Run = async (clients, seconds) => {
    const reading = await run(clients, seconds);
    committed += reading.operations;
    await options.check(committed);
    return reading;
  };
  const trials: { clients: number; rate: number }[] = [];
  for (const clients of CLIENTS) {
    const { operations, seconds } = await read(clients, TRIAL_S);
    trials.push({ clients, rate: operations / seconds });
  }
  const best = trials.reduce((a, b) => (b.rate > a.rate ? b : a)).clients;
  return {
    name: `${options.name}, ${best} clients of ${pgbench === undefined ? 'Node' : 'pgbench'}`,
    run: () => read(best, RUN_S),
    close: async () => undefined,
  };
}

function findPgbench(): string | undefined {
  const folders = [findPostgresPrograms() ?? '', ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, 'pgbench')).find((path) => existsSync(path));
}

/** Only the server's processor time counts: pgbench is the load. */
function pgbenchClients(program: string, options: PeerOptions, database: ProcessorClock): Run {
  const { statement, folder, database_url } = options;
  const script = join(folder, 'peer.sql');
  const draws = Object.entries(statement.variables).map(
    ([name, { from, to }]) => `\\set ${name} random(${from}, ${to})\n`,
  );
  writeFileSync(script, `${draws.join('')}${statement.text.replaceAll(/\s+/g, ' ').trim()};\n`);
  return async (clients, seconds) => {
    const threads = Math.min(clients, availableParallelism());
    const args = ['-n', '-M', 'prepared', '-c', clients, '-j', threads, '-T', seconds, '-f', script];
    const before = database();
    const { stdout } = await promisify(execFile)(program, [...args.map(String), database_url]);
    const after = database();
    const operations = Number(/actually processed: (\d+)/.exec(stdout)?.[1]);
    const rate = Number(/tps = ([\d.]+) \(without/.exec(stdout)?.[1]);
    const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0);
    if (failed > 0 || !(rate > 0)) throw new Error(`pgbench says:\n${stdout}`);
    const cpu_seconds = before === undefined || after === undefined ? undefined : after - before;
    return { operations, seconds: operations / rate, cpu_seconds };
  };
}

function nodeClients(options: PeerOptions, database: ProcessorClock): Run {
  const { statement, database_url } = options;
  const names = Object.keys(statement.variables);
  const text = statement.text.replaceAll(/(?<!:):([a-z]+)/g, (_, name) => `$${names.indexOf(name) + 1}`);
  const draw = () =>
    Object.values(statement.variables).map(
      ({ from, to }) => from + Math.floor(Math.random() * (to - from + 1)),
    );
  return async (clients, seconds) => {
    const connected = Array.from(
      { length: clients },
      () => new pg.Client({ connectionString: database_url }),
    );
    await Promise.all(connected.map((client) => client.connect()));
    const client = async (connection: pg.Client, until: number): Promise<number> => {
      let committed = 0;
      for (; performance.now() < until; committed += 1)
        await connection.query({ name: 'peer', text, values: draw() });
      return committed;
    };
    try {
      return await timed(together(database, ownProcess), async () => {
        const until = performance.now() + seconds * 1000;
        const counts = await Promise.all(connected.map((connection) => client(connection, until)));
        return counts.reduce((total, count) => total + count, 0);
      });
    } finally {
      await Promise.all(connected.map((connection) => connection.end()));
    }
  };
}
