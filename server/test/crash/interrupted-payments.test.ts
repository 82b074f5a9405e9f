import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import type { Database } from '../../src/db/index.ts';
import { fixedClock, hasEngine, makeTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { type CountingProvider, countingProvider } from '../property/counting-provider.ts';
import { makeTenant } from '../tenants/tenant-fixtures.ts';
import { OPERATOR_KEY } from './crash-tenants.ts';

/** Longer than an intent may stay open before the job asks the provider again. */
const PATIENCE_MS = 61_000;

describe.each(['pglite', 'postgres'] as const)(
  'the process ends between charge and commit [%s]',
  (engine) => {
    describe.skipIf(!hasEngine(engine))('and another one starts', () => {
      const clock = fixedClock();
      let test_database: TestDatabase;
      let provider: CountingProvider;
      let tenant_id: string;
      let app: TestApp;

      const start = async (): Promise<TestApp> => {
        const db: Database = await test_database.open();
        return testApp(db, { clock, payments: provider, operator_key: OPERATOR_KEY });
      };

      const post = (path: `/${string}`, body: object, key: string) =>
        app.call(`POST ${path}`, {
          body,
          headers: { 'tallystick-tenant': tenant_id, 'idempotency-key': key },
        });

      /** The request meets a provider that took the money, and a database that has gone when it says so. */
      async function interrupted(path: `/${string}`, body: object, key: string): Promise<void> {
        const { promise, resolve } = Promise.withResolvers<void>();
        provider.pause = promise;
        const moved = provider.charged.size + provider.repaid.size;
        const answer = post(path, body, key);
        await expect.poll(() => provider.charged.size + provider.repaid.size).toBe(moved + 1);
        await app.db.close();
        resolve();
        expect((await answer).statusCode).toBe(503);
        await app.server.close();
        app = await start();
      }

      beforeEach(async () => {
        test_database = await makeTestDatabase(engine);
        provider = countingProvider();
        app = await start();
        tenant_id = await makeTenant(app);
      });
      afterEach(async () => {
        await app.server.close();
        await test_database.remove();
      });

      async function expectOneSale(): Promise<void> {
        const headers = { 'tallystick-tenant': tenant_id };
        const { data } = (await app.call('GET /transactions?type=token_purchase', { headers })).json();
        expect(data).toMatchObject([{ status: 'settled', tokens: 1000 }]);
        expect([...provider.charged]).toEqual([data[0].transaction_id]);
        expect((await runAudit(app.db)).ok).toBe(true);
      }

      const sale = { tokens_to_purchase: 1000 };

      test('a retry with the key ends in one charge', async () => {
        await interrupted('/ai-tokens/purchase', sale, 'sale');
        const first = await post('/ai-tokens/purchase', sale, 'sale');
        expect(first.statusCode, first.body).toBe(201);
        const again = await post('/ai-tokens/purchase', sale, 'sale');
        expect(again.json()).toEqual(first.json());
        expect(again.headers['idempotent-replayed']).toBe('true');
        await expectOneSale();
      });

      test('the job ends it where nobody retries', async () => {
        await interrupted('/ai-tokens/purchase', sale, 'sale');
        await app.composition.runner.runDue();
        expect(
          (await app.call('GET /transactions', { headers: { 'tallystick-tenant': tenant_id } })).body,
        ).toContain('pending');
        clock.advance(PATIENCE_MS);
        await app.composition.runner.runDue();
        await expectOneSale();
        const late = await post('/ai-tokens/purchase', sale, 'sale');
        expect(late).toMatchObject({ statusCode: 201, headers: { 'idempotent-replayed': 'true' } });
        await expectOneSale();
      });

      test('another body under the key is refused also while the first is open', async () => {
        await interrupted('/ai-tokens/purchase', sale, 'sale');
        const other = await post('/ai-tokens/purchase', { tokens_to_purchase: 2000 }, 'sale');
        expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
        expect(provider.charged.size).toBe(1);
      });

      test('a refund keeps its tokens until it has ended, and pays back once', async () => {
        const { transaction_id } = (await post('/ai-tokens/purchase', sale, 'sale')).json();
        const refund = { transaction_id, amount_cents: 5, reason: 'too many' };
        await interrupted('/refunds', refund, 'refund');
        const headers = { 'tallystick-tenant': tenant_id };
        const balance = (await app.call('GET /ai-tokens/balance', { headers })).json();
        expect(balance).toMatchObject({ tokens_remaining: 500, tokens_held: 500, tokens_refunded: 0 });
        const ended = await post('/refunds', refund, 'refund');
        expect(ended.json()).toMatchObject({ tokens_refunded: 500, balance: 500, status: 'settled' });
        expect(provider.repaid.size).toBe(1);
        await expectOneSale();
      });
    });
  },
);
