import { afterAll, beforeAll, describe, inject } from 'vitest';
import type { Database } from '../../src/db/index.ts';
import { noteSkippedSuite } from './skipped-suites.ts';
import { hasEngine, makeTestDatabase, type TestDatabase } from './test-database.ts';

const ENGINES: readonly Database['engine'][] = ['pglite', 'postgres'];

/** What a suite gets beside its database. */
export interface SuiteDatabase {
  readonly engine: Database['engine'];
  /** The database behind getDb(), for a second Database on PostgreSQL or a child process. */
  get(): TestDatabase;
}

/**
 * The same suite on both engines, each with a migrated database of its own, opened before the first test and
 * gone after the last. Call getDb() inside tests and hooks, not while the suite is being declared.
 */
export function describeOnEachDatabase(
  name: string,
  suite: (getDb: () => Database, test_database: SuiteDatabase) => void,
): void {
  for (const engine of ENGINES) describeOn(engine, name, suite);
}

/** A suite about what only PostgreSQL has: several sessions, connections that break, users without rights. */
export function describeOnPostgres(
  name: string,
  suite: (getDb: () => Database, test_database: SuiteDatabase) => void,
): void {
  describeOn('postgres', name, suite);
}

/** A suite that needs a real Redis: that of the run, which suites tell apart by their tenants' ids. */
export function describeOnRedis(name: string, suite: (getUrl: () => string) => void): void {
  const { redis_url, run_folder } = inject('test_databases');
  if (redis_url === undefined) noteSkippedSuite(run_folder, 'Redis', name);
  const declare = redis_url === undefined ? describe.skip : describe;
  declare(`${name} [redis]`, () => suite(() => redis_url ?? missing()));
}

function describeOn(
  engine: Database['engine'],
  name: string,
  suite: (getDb: () => Database, test_database: SuiteDatabase) => void,
): void {
  const title = `${name} [${engine}]`;
  if (!hasEngine(engine)) {
    noteSkippedSuite(inject('test_databases').run_folder, 'PostgreSQL', name);
    describe.skip(title, () => suite(() => missing(), { engine, get: () => missing() }));
    return;
  }
  describe(title, () => {
    let opened: { test_database: TestDatabase; database: Database } | undefined;
    beforeAll(async () => {
      const test_database = await makeTestDatabase(engine);
      opened = { test_database, database: await test_database.open() };
    });
    afterAll(async () => {
      await opened?.test_database.remove();
    });
    suite(() => (opened ?? missing()).database, { engine, get: () => (opened ?? missing()).test_database });
  });
}

function missing(): never {
  throw new Error('the database of a suite is there from its first beforeAll on');
}
