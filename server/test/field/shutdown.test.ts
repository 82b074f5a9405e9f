import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import type { Database } from '../../src/db/index.ts';
import {
  describeOnEachDatabase,
  fixedClock,
  hasEngine,
  makeTestDatabase,
  type TestDatabase,
} from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { flakyProvider } from '../routes/flaky-provider.ts';
import { makeStudio, type Studio, studioOf } from '../routes/token-fixtures.ts';

const minute_ms = 60_000;
const day_ms = 1440 * minute_ms;
const OPERATOR_KEY = 'operator-key-of-the-shutdown-tests-1';

/** Cases that users of other systems reported, each in the words in which they were gathered. */
describeOnEachDatabase('shutdown and crash', (_getDb, { engine }) => {
  const clock = fixedClock();
  const provider = flakyProvider();
  let test_database: TestDatabase;
  let app: TestApp;
  let db: Database;
  const start = async (): Promise<void> => {
    db = await test_database.open();
    app = await testApp(db, { clock, payments: provider, operator_key: OPERATOR_KEY });
  };
  /** Everything that the process had in memory is gone: another one opens what is on disk. */
  const restart = async (): Promise<void> => {
    await app.server.close();
    await db.close();
    await start();
  };
  beforeAll(async () => {
    expect(hasEngine(engine)).toBe(true);
    test_database = await makeTestDatabase(engine);
    await start();
  });
  afterAll(async () => {
    await app.server.close();
    await test_database.remove();
  });
  const again = (studio: Studio) => studioOf(app, studio.tenant_id, studio.key);

  it('"a killed process loses nothing it acknowledged": purchases, uses, holds and keys are there', async () => {
    const before = await makeStudio(app);
    const key = { 'idempotency-key': 'k' };
    const bought = await before.call('POST /ai-tokens/purchase', { tokens_to_purchase: 1000 }, key);
    const use = { tokens_used: 10, feature_type: 'ad_generation', request_id: 'r' };
    const used = await before.call('POST /ai-tokens/usage', use);
    const hold_id = await before.hold(100);
    const balance = await before.balance();
    await restart();
    const after = again(before);
    expect(await after.balance()).toEqual(balance);
    const replayed = await after.call('POST /ai-tokens/purchase', { tokens_to_purchase: 1000 }, key);
    expect([replayed.headers['idempotent-replayed'], replayed.json()]).toEqual(['true', bought.json()]);
    const repeated = await after.call('POST /ai-tokens/usage', use);
    expect([repeated.statusCode, repeated.json()]).toEqual([200, used.json()]);
    const settled = await after.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 40 });
    expect(settled.json()).toMatchObject({ tokens_used: 40, balance_after: 950 });
  });

  it('"expired holds become items to reconcile": also those that expired while nobody ran', async () => {
    const before = await makeStudio(app);
    await before.buy(1000);
    const [one, other] = [await before.hold(100), await before.hold(200)];
    clock.advance(60 * minute_ms);
    await restart();
    await app.composition.runner.runDue();
    const after = again(before);
    const { data } = (await after.call('GET /ai-tokens/holds?status=expired')).json();
    expect(data.map((hold: { hold_id: string }) => hold.hold_id).sort()).toEqual([one, other].sort());
    expect(await after.balance()).toMatchObject({ tokens_held: 300, tokens_used: 0, tokens_remaining: 700 });
    // One was reconciled by a person, the other by policy, and both say so.
    await after.call(`POST /ai-tokens/holds/${one}/settle`, { tokens_used: 70 });
    clock.advance(2 * day_ms);
    await app.composition.runner.runDue();
    const held = (hold_id: string) => after.call(`GET /ai-tokens/holds/${hold_id}`);
    expect((await held(one)).json()).toMatchObject({ status: 'settled', released_by: null });
    expect((await held(other)).json()).toMatchObject({ status: 'released', released_by: 'policy' });
    expect(await after.balance()).toMatchObject({ tokens_held: 0, tokens_used: 70, tokens_remaining: 930 });
  });

  it('"phantom reservations": a hold whose maker died does not keep its tokens for ever', async () => {
    const before = await makeStudio(app);
    await before.buy(1000);
    await before.hold(1000, { ttl_seconds: 1 });
    await restart();
    clock.advance(1000 + day_ms);
    await app.composition.runner.runDue();
    expect((await again(before).balance()).tokens_remaining).toBe(1000);
  });

  it('"a killed process": one that died between the charge and its answer has charged once', async () => {
    const before = await makeStudio(app);
    provider.mood = 'dies';
    const lost = await before.call(
      'POST /ai-tokens/purchase',
      { tokens_to_purchase: 1000 },
      { 'idempotency-key': 'lost' },
    );
    expect(lost.statusCode).toBe(503);
    provider.mood = 'works';
    await restart();
    clock.advance(minute_ms);
    await app.composition.runner.runDue();
    const after = again(before);
    expect((await after.balance()).tokens_remaining).toBe(1000);
    const [transaction] = (await after.call('GET /transactions')).json().data;
    expect(provider.calls.filter((key) => key === transaction.transaction_id)).toHaveLength(2);
    expect(provider.moved.get(transaction.transaction_id)).toBe(10n);
  });

  it('"clocks that step back": a process that starts with an earlier clock keeps the order of a book', async () => {
    const before = await makeStudio(app);
    await before.buy(1000);
    const bought_at = clock.now();
    clock.advance(-day_ms);
    await restart();
    await again(before).use(10);
    const [use] = (await again(before).call('GET /ai-tokens/usage')).json().data;
    expect(use.occurred_at).toBe(bought_at.toISOString());
    clock.advance(day_ms);
  });

  describe('after all of it', () => {
    it('every book can be proven', async () => {
      const { checks } = await runAudit(db);
      expect(checks.filter((check) => check.difference)).toEqual([]);
    });
  });
});
