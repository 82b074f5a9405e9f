import { cpus } from 'node:os';
import { sql } from 'kysely';
import { summarizeApiUsage, summarizeTenants } from '../server/src/api-usage/index.ts';
import { type Database, openDatabase } from '../server/src/db/index.ts';
import { newId, ROOT_TENANT_ID } from '../server/src/id/index.ts';
import { findPostgresPrograms, startPostgresCluster } from '../server/test/harness/postgres-cluster.ts';
import { fillCalls } from './fill-calls.ts';

// Summaries of API usage with very many calls behind them, and with a thousandth of them: medians of 31 readings, in
// milliseconds, and their goals. Usage: npm run bench, with EVENTS for another number of calls.

const CALLS = Number(process.env.EVENTS ?? 10_000_000);
const TENANTS = 500;
const READINGS = 31;
const MONTH = '2026-01-01T00:00:00.000Z';
const NOW = new Date('2026-01-29T00:00:00.000Z');

const server = process.env.DATABASE_URL ? undefined : await startOwnServer();
const db = await openDatabase({
  database_url: process.env.DATABASE_URL ?? server?.admin_url ?? '',
  data_folder: '',
});
try {
  console.log(await describeMachine(db));
  const few = await makeTenants(db, 'few');
  await fillCalls(db, few, MONTH, CALLS / 1000);
  const before = await measureAll(db, few[0] ?? '', CALLS / 1000);
  const many = await makeTenants(db, 'many');
  await fillAfresh(db, many);
  const after = await measureAll(db, many[0] ?? '', CALLS);
  for (const [name, goal_ms] of GOALS()) {
    const [small = 0, large = 0] = [before.get(name), after.get(name)];
    const times = (large / small).toFixed(1);
    console.log(
      `${name.padEnd(44)} ${small.toFixed(1)} ms, with 1,000 times the calls ${large.toFixed(1)} ms (${times}x; goal ${goal_ms} ms)`,
    );
  }
} finally {
  await db.close();
  await server?.stop();
}

function GOALS(): [name: string, goal_ms: number][] {
  return [
    ["a tenant's month by day", 20],
    ["a tenant's month by endpoint", 20],
    ["a tenant's month by status_code", 20],
    ["all tenants' month", 200],
  ];
}

async function startOwnServer() {
  const programs = findPostgresPrograms();
  if (programs === undefined) throw new Error('set DATABASE_URL, or install the programs of PostgreSQL');
  return await startPostgresCluster(programs, { fsync: false });
}

async function describeMachine(database: Database): Promise<string> {
  const version = await database.asOwner((tx) => sql<{ v: string }>`select version() as v`.execute(tx));
  const cores = cpus();
  return `${cores.length} x ${cores[0]?.model}, Node ${process.versions.node}, ${version.rows[0]?.v.split(',')[0]}, ${new Date().toISOString().slice(0, 10)}`;
}

async function makeTenants(database: Database, name: string): Promise<string[]> {
  const tenant_ids = Array.from({ length: TENANTS }, () => newId(NOW));
  await database.asOwner((tx) =>
    sql`
      insert into tenants (tenant_id, parent_tenant_id, name, currency, tier_name, created_at)
      select id, ${ROOT_TENANT_ID}, ${name}, 'USD', 'starter', ${NOW} from unnest(${tenant_ids}::uuid[]) as id`.execute(
      tx,
    ),
  );
  return tenant_ids;
}

/** The large month in the place of the small one, so that each is measured alone. */
async function fillAfresh(database: Database, tenant_ids: readonly string[]): Promise<void> {
  await database.asOwner((tx) =>
    sql`truncate api_usage, api_usage_keys, api_usage_hours, api_usage_latencies, api_usage_days`.execute(tx),
  );
  await fillCalls(database, tenant_ids, MONTH, CALLS);
}

/** The medians by name. The tenant is the one with a fifth of all calls. */
async function measureAll(
  database: Database,
  tenant_id: string,
  calls: number,
): Promise<Map<string, number>> {
  const context = { tenant_id, now: NOW, api_price_cents_per_1k: '5' };
  const summary = (group_by: 'day' | 'endpoint' | 'status_code') => () =>
    database.inTenant(tenant_id, (tx) => summarizeApiUsage(tx, context, { group_by }));
  const overview = () => database.asJob((tx) => summarizeTenants(tx, NOW, {}));
  const { total_calls } = await overview();
  if (Number(total_calls) !== calls) throw new Error(`there are ${total_calls} calls, not ${calls}`);
  const work = [summary('day'), summary('endpoint'), summary('status_code'), overview];
  const medians = new Map<string, number>();
  for (const [index, [name]] of GOALS().entries()) medians.set(name, await median(work[index] ?? overview));
  return medians;
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const readings: number[] = [];
  for (let reading = 0; reading < READINGS; reading += 1) {
    const start = performance.now();
    await work();
    readings.push(performance.now() - start);
  }
  return readings.sort((a, b) => a - b)[Math.floor(READINGS / 2)] ?? 0;
}
