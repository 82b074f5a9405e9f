import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/index.ts';
import { makeTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeTenant } from '../tenants/tenant-fixtures.ts';

const DEBITS = 25;

describe('an acknowledged write of the embedded database', () => {
  let test_database: TestDatabase;
  let db: Database;
  let app: TestApp;
  beforeAll(async () => {
    test_database = await makeTestDatabase('pglite');
    db = await test_database.open();
    app = await testApp(db);
    // The record of these very calls is flushed whenever its turn comes; here it waits on disk, so that what is counted
    // are the flushes of the writes.
    app.composition.services.calls.start();
    await app.composition.services.calls.close();
  });
  afterAll(async () => {
    await app.server.close();
    await test_database.remove();
  });

  test('is behind a flush of its own', async () => {
    const headers = { 'tallystick-tenant': await makeTenant(app) };
    await app.call('POST /ai-tokens/grants', { body: { tokens: 1000, reason: 'gift' }, headers });
    for (let number = 1; number <= DEBITS; number++) {
      const before = db.flushes ?? 0;
      const body = { tokens_used: 1, feature_type: 'ad_generation', request_id: `use-${number}` };
      const answer = await app.call('POST /ai-tokens/usage', { body, headers });
      expect(answer.statusCode, answer.body).toBe(201);
      const answered = db.flushes ?? 0;
      expect(answered, `debit ${number}`).toBeGreaterThan(before);
      // What is under way is through once a read had its turn: nothing may be flushed after it was acknowledged.
      await app.call('GET /ai-tokens/balance', { headers });
      expect(db.flushes, `after the answer to debit ${number}`).toBe(answered);
    }
  });

  test('and a read needs none', async () => {
    const before = db.flushes;
    for (let number = 1; number <= DEBITS; number++)
      expect((await app.call('GET /ai-tokens/balance')).statusCode).toBe(200);
    expect(db.flushes).toBe(before);
  });
});
