import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/db/index.ts';
import { findPostgresPrograms, type PostgresCluster, startPostgresCluster } from './postgres-cluster.ts';
import { findRedisProgram, type RedisServer, startRedis } from './redis-server.ts';
import { type PostgresTemplate, withDatabase } from './run-environment.ts';
import { SKIPPED_FILE } from './skipped-suites.ts';

const NOT_FOUND = {
  PostgreSQL: 'neither TEST_DATABASE_URL is set nor are the programs of PostgreSQL installed',
  Redis: 'redis-server is not installed',
};

/**
 * Vitest's global set-up: makes a migrated template on each engine once for the run, and takes all of it away
 * at the end. With REQUIRE_ALL_SUITES=true a missing PostgreSQL or Redis is a failure and not a skip.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = findServer();
  const run_folder = mkdtempSync(join(tmpdir(), 'tallystick-test-'));
  const pglite_template = join(run_folder, 'template');
  const [postgres, redis] = await Promise.all([
    setUpPostgres(server),
    setUpRedis(),
    makePgliteTemplate(pglite_template),
  ]);
  project.provide('test_databases', {
    run_folder,
    pglite_template,
    ...(postgres === undefined ? {} : { postgres: postgres.template }),
    ...(redis === undefined ? {} : { redis_url: redis.url }),
  });
  return async () => {
    await postgres?.tearDown();
    await redis?.stop();
    reportSkipped(join(run_folder, SKIPPED_FILE));
    rmSync(run_folder, { recursive: true, force: true });
  };
}

async function makePgliteTemplate(data_folder: string): Promise<void> {
  const database = await openDatabase({ data_folder });
  await database.close();
}

interface PostgresSetUp {
  readonly template: PostgresTemplate;
  tearDown(): Promise<void>;
}

type Server = { readonly url: string } | { readonly programs: string };

function findServer(): Server | undefined {
  const url = process.env.TEST_DATABASE_URL;
  if (url !== undefined && url !== '') {
    return { url };
  }
  const programs = findPostgresPrograms();
  if (programs !== undefined) {
    return { programs };
  }
  if (process.env.REQUIRE_ALL_SUITES === 'true') {
    throw new Error(`REQUIRE_ALL_SUITES=true, but the PostgreSQL suites cannot run: ${NOT_FOUND.PostgreSQL}`);
  }
  return undefined;
}

async function setUpRedis(): Promise<RedisServer | undefined> {
  const program = findRedisProgram();
  if (program !== undefined) return startRedis(program);
  if (process.env.REQUIRE_ALL_SUITES === 'true')
    throw new Error(`REQUIRE_ALL_SUITES=true, but the Redis suites cannot run: ${NOT_FOUND.Redis}`);
  return undefined;
}

async function setUpPostgres(server: Server | undefined): Promise<PostgresSetUp | undefined> {
  if (server === undefined) {
    return undefined;
  }
  // Tests kill our processes, not the machine; what needs a flush starts a cluster of its own.
  return await makePostgresTemplate(
    'url' in server ? server.url : await startPostgresCluster(server.programs, { fsync: false }),
  );
}

/** The template belongs to a user that is no superuser, because a hosted database's owner is none. */
async function makePostgresTemplate(server: string | PostgresCluster): Promise<PostgresSetUp> {
  const admin_url = typeof server === 'string' ? server : server.admin_url;
  const name_prefix = `tallystick_test_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  await asAdministrator(admin_url, [
    `create role ${name_prefix} login nosuperuser createrole createdb password '${password}'`,
    // Only a member may give a database to a role, unless it is a superuser.
    `grant ${name_prefix} to current_user`,
    `create database ${name_prefix} owner ${name_prefix}`,
  ]);
  const url = new URL(withDatabase(admin_url, name_prefix));
  url.username = name_prefix;
  url.password = password;
  const database = await openDatabase({ database_url: url.href, data_folder: '' });
  await database.close();
  return {
    template: {
      template_url: url.href,
      maintenance_url: withDatabase(url.href, new URL(admin_url).pathname.slice(1)),
      name_prefix,
    },
    tearDown: async () => {
      if (typeof server === 'string') {
        await dropEverything(admin_url, name_prefix);
      } else {
        await server.stop();
      }
    },
  };
}

async function asAdministrator(
  url: string,
  statements: readonly string[],
): Promise<pg.QueryResult | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let result: pg.QueryResult | undefined;
    for (const statement of statements) {
      result = await client.query(statement);
    }
    return result;
  } finally {
    await client.end();
  }
}

async function dropEverything(admin_url: string, name_prefix: string): Promise<void> {
  const databases = await asAdministrator(admin_url, [
    `select datname as name from pg_database where datname like '${name_prefix}%'`,
  ]);
  const drops = databases?.rows.map(({ name }) => `drop database if exists "${name}" with (force)`) ?? [];
  await asAdministrator(admin_url, [
    ...drops,
    `revoke tallystick_app, tallystick_lane, tallystick_job from ${name_prefix}`,
    `drop role ${name_prefix}`,
  ]);
}

function reportSkipped(file: string): void {
  if (existsSync(file)) {
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const server = line.startsWith('Redis:') ? 'Redis' : 'PostgreSQL';
      console.warn(`SKIPPED on ${line} (${NOT_FOUND[server]})`);
    }
  }
}
