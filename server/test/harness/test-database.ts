import { randomBytes } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { type Database, type DatabaseOptions, openDatabase, sqlState } from '../../src/db/index.ts';
import { type PostgresTemplate, withDatabase } from './run-environment.ts';
import { seededRandom } from './seeded-random.ts';

/** A migrated database of a test's own, not opened yet. */
export interface TestDatabase {
  readonly engine: Database['engine'];
  /** What openDatabase takes; a child process or a server under test may be given them too. */
  readonly options: { readonly database_url?: string; readonly data_folder: string };
  /**
   * Opens it. On PostgreSQL it may be called again for a second Database, as another process would have; the
   * embedded one refuses that. All are closed by remove().
   */
  open(extra?: Partial<DatabaseOptions>): Promise<Database>;
  /** Closes what open() made and deletes the database. */
  remove(): Promise<void>;
}

/** True when this run has that engine. */
export function hasEngine(engine: Database['engine']): boolean {
  return engine === 'pglite' || inject('test_databases').postgres !== undefined;
}

/** Copies the run's migrated template. */
export async function makeTestDatabase(engine: Database['engine']): Promise<TestDatabase> {
  const { postgres, ...run } = inject('test_databases');
  if (engine === 'pglite') {
    return copyPglite(run.run_folder, run.pglite_template);
  }
  if (postgres === undefined) {
    throw new Error('this run has no PostgreSQL; ask hasEngine first');
  }
  return await copyPostgres(postgres, run.run_folder);
}

function copyPglite(run_folder: string, template: string): TestDatabase {
  const data_folder = join(run_folder, `database-${randomBytes(6).toString('hex')}`);
  // Not flushed, unlike a restored one: a test kills processes and never the machine.
  cpSync(template, data_folder, { recursive: true, filter: (path) => path !== join(template, 'lock') });
  return testDatabase('pglite', { data_folder }, async () => {
    rmSync(data_folder, { recursive: true, force: true });
  });
}

async function copyPostgres(postgres: PostgresTemplate, run_folder: string): Promise<TestDatabase> {
  const { template_url, maintenance_url, name_prefix } = postgres;
  const name = `${name_prefix}_${randomBytes(6).toString('hex')}`;
  await execute(maintenance_url, `create database ${name} template ${name_prefix}`);
  const options = { database_url: withDatabase(template_url, name), data_folder: join(run_folder, name) };
  return testDatabase('postgres', options, () => dropDatabase(maintenance_url, name));
}

const INSUFFICIENT_PRIVILEGE = '42501';
const DROP_TRIES = 100;
const DROP_PAUSE_MS = 200;

/** Autovacuum may be at it, whose process belongs to the superuser and is not ours to end: it is done in a moment. */
async function dropDatabase(maintenance_url: string, name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await execute(maintenance_url, `drop database ${name} with (force)`);
    } catch (error) {
      if (tries === DROP_TRIES || sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
      await wait(DROP_PAUSE_MS);
    }
  }
}

function testDatabase(
  engine: Database['engine'],
  options: TestDatabase['options'],
  deleteIt: () => Promise<void>,
): TestDatabase {
  const opened: Database[] = [];
  return {
    engine,
    options,
    open: async (extra = {}) => {
      const database = await openDatabase({ random: seededRandom(opened.length), ...options, ...extra });
      opened.push(database);
      return database;
    },
    remove: async () => {
      await Promise.all(opened.map((database) => database.close()));
      await deleteIt();
    },
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
