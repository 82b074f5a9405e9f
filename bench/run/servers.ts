import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { findPostgresPrograms, startPostgresCluster } from '../../server/test/harness/postgres-cluster.ts';
import { findRedisProgram, startRedis } from '../../server/test/harness/redis-server.ts';
import { withDatabase } from '../../server/test/harness/run-environment.ts';
import type { BenchContext, Need } from '../row.ts';

/** What a row got, and how it is taken away again. */
export interface Provided {
  context: BenchContext;
  remove(): Promise<void>;
}

/** What to do about a need that nobody fills. */
const REMEDIES: Record<Need, string> = {
  database_url: 'set DATABASE_URL to a server where databases may be made, or install PostgreSQL',
  redis_url: 'set REDIS_URL, or install redis-server',
  pgledger_sql: 'set PGLEDGER_SQL to the path of pgledger.sql in a checkout of github.com/pgr0ss/pgledger',
};

/**
 * The servers that benches are measured on: those that the environment names, else throw-away ones, started when a
 * bench first needs them. PostgreSQL flushes: a durable write is what is measured.
 */
export class Servers {
  readonly #env: NodeJS.ProcessEnv;
  readonly #postgres_programs: string | undefined;
  readonly #redis_program: string | undefined;
  readonly #stops: (() => Promise<void>)[] = [];
  #postgres: Promise<string> | undefined;
  #redis: Promise<string> | undefined;
  #made = 0;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
    this.#postgres_programs = env.DATABASE_URL ? undefined : findPostgresPrograms();
    this.#redis_program = env.REDIS_URL ? undefined : findRedisProgram();
  }

  /** What to do so that these needs can be filled; empty where they can. */
  remediesFor(needs: readonly Need[]): string[] {
    const there: Record<Need, boolean> = {
      database_url: Boolean(this.#env.DATABASE_URL) || this.#postgres_programs !== undefined,
      redis_url: Boolean(this.#env.REDIS_URL) || this.#redis_program !== undefined,
      pgledger_sql: Boolean(this.#env.PGLEDGER_SQL),
    };
    return needs.filter((need) => !there[need]).map((need) => REMEDIES[need]);
  }

  /** An empty database, a folder and so on for one bench. */
  async provide(needs: readonly Need[]): Promise<Provided> {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
    const context: BenchContext = { folder };
    let dropDatabase = async (): Promise<void> => undefined;
    if (needs.includes('redis_url')) context.redis_url = await this.#redisUrl();
    if (needs.includes('pgledger_sql')) context.pgledger_sql = this.#env.PGLEDGER_SQL;
    if (needs.includes('database_url')) {
      const admin_url = await this.#postgresUrl();
      this.#made += 1;
      const name = `tallystick_bench_${process.pid}_${this.#made}`;
      await execute(admin_url, `create database ${name}`);
      context.database_url = withDatabase(admin_url, name);
      dropDatabase = async () => {
        await execute(admin_url, `drop database if exists ${name} with (force)`);
      };
    }
    return {
      context,
      remove: async () => {
        rmSync(folder, { recursive: true, force: true });
        await dropDatabase();
      },
    };
  }

  /** What the servers in use call themselves, as in `PostgreSQL 15.18`. */
  async versions(): Promise<string[]> {
    const versions: string[] = [];
    if (this.#postgres) {
      const [row] = await execute(await this.#postgres, 'show server_version');
      versions.push(`PostgreSQL ${String(row?.server_version).split(' ')[0]}`);
    }
    if (this.#redis) versions.push(await redisVersion(await this.#redis));
    return versions;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop();
  }

  #postgresUrl(): Promise<string> {
    this.#postgres ??= this.#startPostgres();
    return this.#postgres;
  }

  async #startPostgres(): Promise<string> {
    if (this.#env.DATABASE_URL) return this.#env.DATABASE_URL;
    const cluster = await startPostgresCluster(this.#postgres_programs ?? '', { fsync: true });
    this.#stops.push(() => cluster.stop());
    return cluster.admin_url;
  }

  #redisUrl(): Promise<string> {
    this.#redis ??= this.#startRedis();
    return this.#redis;
  }

  async #startRedis(): Promise<string> {
    if (this.#env.REDIS_URL) return this.#env.REDIS_URL;
    const server = await startRedis(this.#redis_program ?? '');
    this.#stops.push(() => server.stop());
    return server.url;
  }
}

async function execute(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    return `Redis ${/redis_version:(\S+)/.exec(await redis.info('server'))?.[1]}`;
  } finally {
    redis.disconnect();
  }
}
