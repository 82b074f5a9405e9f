import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { fixedClock, hasEngine, makeTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvents } from '../routes/call-fixtures.ts';
import { makeTenant } from '../tenants/tenant-fixtures.ts';
import { OPERATOR_KEY } from './crash-tenants.ts';

const BILLER = fileURLToPath(new URL('bill-until-killed.ts', import.meta.url));
/** A month later, and its hour of grace over: all periods are due at once. */
const DUE = new Date('2026-02-01T02:00:00.000Z');
const CALLING = 170;
const SUBSCRIBED = 30;
/** The root is billed as well: what the operator calls is recorded, and costs nothing. */
const TENANTS = CALLING + SUBSCRIBED + 1;
/** Processes are started, and the machine may be busy. */
const PATIENCE_MS = 180_000;
const MINUTE_MS = 60_000;

describe.each(['pglite', 'postgres'] as const)('a billing run that is killed [%s]', (engine) => {
  describe.skipIf(!hasEngine(engine))('is gone on with', () => {
    let test_database: TestDatabase;
    let app: TestApp;
    const clock = fixedClock();

    const start = async () => testApp(await test_database.open(), { clock, operator_key: OPERATOR_KEY });

    /** Tenants that owe 2 cents for a call beyond the included ones, and some that renew. */
    async function fill(): Promise<void> {
      const api_call_prices = { USD: { model: 'per_unit', unit_price_cents: '2' } };
      const tier = { tier_name: 'by_the_call', title: 'By the call', included_api_calls: 1, api_call_prices };
      expect((await app.call('POST /subscription-tiers', { body: tier })).statusCode).toBe(201);
      const events: object[] = [];
      for (let made = 0; made < CALLING; made += 1) {
        const tenant_id = await makeTenant(app, { tier_name: 'by_the_call' });
        events.push(...callEvents(2, { tenant_id }));
      }
      const sent = await app.call('POST /api-usage/events', { body: events });
      expect(sent.json()).toMatchObject({ accepted: 2 * CALLING });
      for (let made = 0; made < SUBSCRIBED; made += 1) {
        const headers = { 'tallystick-tenant': await makeTenant(app) };
        const begun = await app.call('POST /subscriptions', { headers, body: { tier_name: 'starter' } });
        expect(begun.statusCode).toBe(201);
      }
    }

    /** Bills in a process of its own, and kills it once that many tenants are done. */
    async function billAndKill(enough: number): Promise<void> {
      const args = [JSON.stringify(test_database.options), DUE.toISOString()];
      const child = spawn(process.execPath, ['--conditions=tallystick-source', BILLER, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      for await (const line of createInterface(child.stdout))
        if (Number(line) >= enough) child.kill('SIGKILL');
      expect(await ended).toEqual([null, 'SIGKILL']);
    }

    const rows = async <Row>(statement: string) =>
      (await app.db.asJob((tx) => sql.raw<Row>(statement).execute(tx))).rows;

    beforeEach(async () => {
      clock.set(new Date('2026-01-01T00:00:00.000Z'));
      test_database = await makeTestDatabase(engine);
      app = await start();
      await fill();
      await app.composition.close();
      await app.server.close();
    }, PATIENCE_MS);
    afterEach(async () => {
      await app.server.close();
      await test_database.remove();
    });

    test(
      'each tenant gets one invoice for its month, numbers have no gap, and the books agree',
      async () => {
        await billAndKill(40);
        await billAndKill(100);
        clock.set(DUE);
        app = await start();
        const [before] = await rows<{ invoices: number }>(
          `select count(*)::integer as invoices from invoices where reason in ('usage', 'subscription_cycle') and status <> 'draft'`,
        );
        // Killed half way, twice: there was something left to go on with.
        expect(before?.invoices).toBeGreaterThanOrEqual(90);
        expect(before?.invoices).toBeLessThan(CALLING + SUBSCRIBED);
        const { data } = (await app.call('GET /billing-runs')).json();
        expect(data).toMatchObject([{ status: 'running', tenants_total: TENANTS }]);
        const run = async () => {
          await app.composition.runner.runDue();
          clock.advance(MINUTE_MS);
          return (await app.call(`GET /billing-runs/${data[0].billing_run_id}`)).json();
        };
        await expect.poll(run, { timeout: PATIENCE_MS }).toMatchObject({
          status: 'done',
          tenants_done: TENANTS,
          tenants_failed: 0,
          invoices_made: CALLING + SUBSCRIBED,
          total_cents: { USD: 2 * CALLING + 2900 * SUBSCRIBED },
        });
        const billed = await rows<{ invoices: number; tenants: number }>(`
        select count(*)::integer as invoices, count(distinct tenant_id)::integer as tenants from invoices
        where reason in ('usage', 'subscription_cycle') and status <> 'draft'`);
        expect(billed).toEqual([{ invoices: CALLING + SUBSCRIBED, tenants: CALLING + SUBSCRIBED }]);
        const numbers = await rows<{ number: string }>('select number from invoices order by number');
        expect(numbers.map(({ number }) => number)).toEqual(
          numbers.map((_row, index) => `INV-${String(index + 1).padStart(6, '0')}`),
        );
        expect(await runAudit(app.db)).toMatchObject({ ok: true });
      },
      PATIENCE_MS,
    );
  });
});
