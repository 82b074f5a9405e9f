import { sql } from 'kysely';
import { summarizeApiUsage, summarizeTenants } from '../../server/src/api-usage/index.ts';
import { type Database, openDatabase } from '../../server/src/db/index.ts';
import type { BenchBound } from '../row.ts';
import { makeTenants } from '../run/make-tenants.ts';
import { fillCalls } from './fill-calls.ts';

const CALLS = Number(process.env.EVENTS ?? 10_000_000);
const TENANTS = 500;
const READINGS = 31;
const MONTH = '2026-01-01T00:00:00.000Z';
const NOW = new Date('2026-01-29T00:00:00.000Z');

/** What a summary may take, in milliseconds. */
const GOALS: readonly [what: string, goal_ms: number][] = [
  ["a tenant's month by day", 20],
  ["a tenant's month by endpoint", 20],
  ["a tenant's month by status_code", 20],
  ["all tenants' month", 200],
];

/** Summaries of API usage with very many calls behind them, and with a thousandth of them: medians of 31 readings. */
export const apiUsageSummary: BenchBound = {
  name: 'api-usage-summary',
  work: 'a summary of API usage with 10,000,000 calls behind it, and with a thousandth of them (EVENTS for another number)',
  needs: ['database_url'],
  measure: async ({ database_url, folder }) => {
    const db = await openDatabase({ database_url, data_folder: folder });
    try {
      const few = await makeTenants(db, TENANTS, NOW);
      await fillCalls(db, few, MONTH, CALLS / 1000);
      const before = await measureAll(db, few[0] ?? '', CALLS / 1000);
      const many = await makeTenants(db, TENANTS, NOW);
      await fillAfresh(db, many);
      const after = await measureAll(db, many[0] ?? '', CALLS);
      return GOALS.flatMap(([what, at_most]) => [
        { what: `${what}, ${counted(CALLS / 1000)}`, value: before.get(what) ?? 0, unit: 'ms', at_most },
        { what: `${what}, ${counted(CALLS)}`, value: after.get(what) ?? 0, unit: 'ms', at_most },
      ]);
    } finally {
      await db.close();
    }
  },
};

function counted(calls: number): string {
  return `${calls.toLocaleString('en')} calls`;
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
  for (const [index, [name]] of GOALS.entries()) medians.set(name, await median(work[index] ?? overview));
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
