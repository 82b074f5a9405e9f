import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import { makeTestDatabase, type TestDatabase } from '../harness/index.ts';
import { runTallystick, spawnTallystick } from './spawn-tallystick.ts';

// Each test starts several processes, and a busy machine takes its time over that.
vi.setConfig({ testTimeout: 120_000 });

const MONTH = new Date('2024-06-01T00:00:00.000Z');
const MONTH_END = new Date('2024-07-01T00:00:00.000Z');

let database: TestDatabase;
let env: Record<string, string>;

beforeEach(async () => {
  database = await makeTestDatabase('pglite');
  const { data_folder } = database.options;
  env = { TALLYSTICK_DATA: data_folder, PORT: '0', ENABLE_MONETIZATION: 'true', LOG_LEVEL: 'warn' };
});
afterEach(() => database.remove());

/** Tenants that made 2,001,000 calls in a month that is over: 100 dollars beyond the included ones. */
async function fill(tenants: number): Promise<void> {
  const db = await database.open();
  const tenant_ids = Array.from({ length: tenants }, () => newId(MONTH));
  const each = sql`from unnest(${tenant_ids}::uuid[]) as tenant_id`;
  await db.asOwner(async (tx) => {
    await sql`
      insert into tenants (tenant_id, parent_tenant_id, name, currency, tier_name, created_at)
      select tenant_id, ${ROOT_TENANT_ID}, 'Studio', 'USD', 'free', ${MONTH} ${each}`.execute(tx);
    await sql`
      insert into billing_periods (tenant_id, period_id, starts_at, ends_at, status, created_at)
      select tenant_id, tenant_id, ${MONTH}, ${MONTH_END}, 'open', ${MONTH} ${each}`.execute(tx);
    await sql`
      insert into api_usage_hours (tenant_id, hour, period_id, total_calls, successful_calls, response_time_ms_total,
        response_time_ms_max)
      select tenant_id, ${MONTH}, tenant_id, 2001000, 2001000, 1, 1 ${each}`.execute(tx);
    await sql`
      insert into due_work (tenant_id, kind, ref_id, next_due_at)
      select tenant_id, 'billing_period_close', tenant_id, ${MONTH_END} ${each}`.execute(tx);
  });
  await db.close();
}

test('billing run bills all that is due, shows how far it is, and says what it made', async () => {
  await fill(12);
  const { code, stdout, stderr } = await runTallystick(['billing', 'run'], env);
  expect(stdout).toMatch(/^billing run [0-9a-f-]{36}: 12 tenants, 12 invoices, 1200\.00 USD\n$/);
  expect(stderr).toMatch(/billing \[#{40}\] 100%\n$/);
  expect(code).toBe(0);
  const again = await runTallystick(['billing', 'run'], env);
  expect(again.stdout).toMatch(/: 0 tenants, 0 invoices\n$/);
});

test('through the socket of a server that holds the database', async () => {
  const server = spawnTallystick(['serve'], env);
  try {
    await server.said(/listening on (http:\/\/\S+)\n/);
    const { code, stdout } = await runTallystick(['billing', 'run'], env);
    expect(stdout).toMatch(/^billing run [0-9a-f-]{36}: 0 tenants, 0 invoices\n$/);
    expect(code).toBe(0);
  } finally {
    server.child.kill('SIGKILL');
    await server.ended;
  }
});

test('nothing is billed while the feature is off, and arguments must make sense', async () => {
  const off = await runTallystick(['billing', 'run'], { ...env, ENABLE_MONETIZATION: 'false' });
  expect([off.code, off.stderr]).toEqual([1, expect.stringContaining('ENABLE_MONETIZATION is off')]);
  const odd = await runTallystick(['billing', 'stop'], env);
  expect([odd.code, odd.stderr]).toEqual([2, expect.stringContaining('there is no billing stop')]);
});
