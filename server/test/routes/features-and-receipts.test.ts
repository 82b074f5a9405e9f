import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/id/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio } from './token-fixtures.ts';

describeOnEachDatabase('features and receipts', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  describe('PUT /features/{feature_type}', () => {
    const put = (feature_type: string, body?: object) =>
      app.call(`PUT /features/${feature_type}`, body ? { body } : {});

    it('201: registers a new one, titled after its type where nobody says otherwise', async () => {
      const created_at = app.clock.now().toISOString();
      const answer = await put('voice_cloning');
      expect([answer.statusCode, answer.json()]).toEqual([
        201,
        { feature_type: 'voice_cloning', title: 'voice_cloning', created_at },
      ]);
    });

    it('200: renames a known one, and keeps its title where none is given', async () => {
      await put('dubbing', { title: 'Dubbing' });
      expect((await put('dubbing', { title: 'Lip sync' })).json().title).toBe('Lip sync');
      const kept = await put('dubbing');
      expect([kept.statusCode, kept.json().title]).toEqual([200, 'Lip sync']);
    });

    it('201: for the platform, also where the operator acts for a tenant', async () => {
      const [studio, other] = [await makeStudio(app), await makeStudio(app)];
      const answer = await studio.operate('PUT /features/chapters', { title: 'Chapters' });
      expect(answer.statusCode).toBe(201);
      await other.buy(100);
      await other.use(1, { feature_type: 'chapters' });
    });

    it('403 operator_only: from a tenant key', async () => {
      const studio = await makeStudio(app);
      expect(refusal(await studio.call('PUT /features/mine', {}))).toEqual([403, 'operator_only']);
      const { data } = (await studio.call('GET /features?limit=200')).json();
      expect(data.map((row: { feature_type: string }) => row.feature_type)).not.toContain('mine');
    });

    it.each(['Upper', '1st', 'with-dash', 'x'.repeat(64), '%C3%A4'])(
      '422 request_invalid: %s',
      async (name) => {
        expect(refusal(await put(name))).toEqual([422, 'request_invalid']);
      },
    );
  });

  describe('GET /ai-tokens/receipts/{usage_id}', () => {
    it('says what was used, by which price, from which grants and with which arithmetic, and replays', async () => {
      const studio = await makeStudio(app);
      await studio.operate('POST /ai-tokens/grants', { tokens: 100, reason: 'x', priority: 1 });
      await studio.buy(350);
      await studio.use(20);
      const labels = {
        feature_type: 'ad_generation',
        request_id: 'r',
        user_id: 'u',
        metadata: { model: 'm' },
      };
      const { usage_id } = await studio.use(180, labels);
      const answer = await studio.call(`GET /ai-tokens/receipts/${usage_id}`);
      expect(answer.statusCode).toBe(200);
      const grant_id = expect.stringMatching(/-7/);
      expect(answer.json()).toEqual({
        usage_id,
        occurred_at: app.clock.now().toISOString(),
        book_version: 4,
        hold_id: null,
        ...labels,
        tokens_used: 180,
        shortfall_tokens: 0,
        shortfall_refused_tokens: 0,
        balance_before: 430,
        balance_after: 250,
        currency: 'USD',
        // 250 of 350 left owe half_even(4 x 250 / 350) = 3 of 4 cents.
        recognised_cents: 1,
        grants: [
          {
            ...{ grant_id, source: 'given', price_version: null, price_cents: 0, grant_tokens: 100 },
            ...{ tokens: 80, left_before: 80, left_after: 0 },
            ...{ deferred_before_cents: 0, deferred_after_cents: 0, recognised_cents: 0 },
            arithmetic: '0 - half_even(0 x 0 / 100) = 0',
          },
          {
            ...{ grant_id, source: 'sold', price_version: 'default:10_cents_per_1k', price_cents: 4 },
            ...{ grant_tokens: 350, tokens: 100, left_before: 350, left_after: 250 },
            ...{ deferred_before_cents: 4, deferred_after_cents: 3, recognised_cents: 1 },
            arithmetic: '4 - half_even(4 x 250 / 350) = 1',
          },
        ],
        replays: true,
      });
      await studio.use(200);
      expect((await studio.call(`GET /ai-tokens/receipts/${usage_id}`)).json()).toEqual(answer.json());
    });

    it('of a settlement names its hold and its shortfall, and replays after refunds of odd cents too', async () => {
      const studio = await makeStudio(app);
      const { transaction_id } = await studio.buy(350);
      await studio.call('POST /refunds', { transaction_id, amount_cents: 1, reason: 'x' });
      const hold_id = await studio.hold(100);
      const settled = await studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 300 });
      const receipt = (await studio.call(`GET /ai-tokens/receipts/${settled.json().usage_id}`)).json();
      expect(receipt).toMatchObject({ hold_id, tokens_used: 300, shortfall_tokens: 38, replays: true });
      const burned = receipt.grants.reduce((sum: number, grant: { tokens: number }) => sum + grant.tokens, 0);
      expect(burned).toBe(262);
    });

    it('404 not_found: an unknown use, one of another tenant, and an id that was never one', async () => {
      const [studio, other] = [await makeStudio(app), await makeStudio(app)];
      await other.buy(100);
      const { usage_id } = await other.use(5);
      const ids = [
        usage_id,
        newId(app.clock.now()),
        '00000000-0000-4000-8000-000000000000',
        'ffffffff-ffff-ffff-ffff-ffffffffffff',
        'ffffffff-ffff-7fff-bfff-ffffffffffff',
        '00000000-0000-7000-8000-000000000000',
        '00000000-0000-7000-0000-000000000000',
      ];
      for (const id of ids)
        expect(refusal(await studio.call(`GET /ai-tokens/receipts/${id}`))).toEqual([404, 'not_found']);
    });
  });
});
