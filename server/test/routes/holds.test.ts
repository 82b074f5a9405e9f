import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/id/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const feature_type = 'content_generation';

describeOnEachDatabase('holds', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());
  const path = 'POST /ai-tokens/holds';
  const funded = async (tokens = 1000): Promise<Studio> => {
    const studio = await makeStudio(app);
    await studio.buy(tokens);
    return studio;
  };
  const settle = (studio: Studio, hold_id: string, tokens_used: number) =>
    studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used });
  const release = (studio: Studio, hold_id: string, body?: object) =>
    studio.call(`POST /ai-tokens/holds/${hold_id}/release`, body);

  describe('POST /ai-tokens/holds', () => {
    it('201: tokens are held for 15 minutes unless told otherwise', async () => {
      const studio = await funded();
      const answer = await studio.call(path, { tokens: 400, feature_type, request_id: 'h' });
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toEqual({
        hold_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        tokens_held: 400,
        expires_at: new Date(app.clock.now().getTime() + 900_000).toISOString(),
      });
      expect(await studio.balance()).toMatchObject({
        tokens_held: 400,
        tokens_remaining: 600,
        tokens_used: 0,
      });
    });

    it.each([1, 86_400])('201: for %i seconds', async (ttl_seconds) => {
      const studio = await funded();
      const answer = await studio.call(path, { tokens: 1, feature_type, request_id: 'h', ttl_seconds });
      const lasts = Date.parse(answer.json().expires_at) - app.clock.now().getTime();
      expect([answer.statusCode, lasts]).toEqual([201, ttl_seconds * 1000]);
    });

    it.each([
      ['for 0 seconds', { ttl_seconds: 0 }],
      ['for more than a day', { ttl_seconds: 86_401 }],
      ['no tokens', { tokens: 0 }],
      ['2^31 tokens', { tokens: 2 ** 31 }],
      ['without a request_id', { request_id: undefined }],
    ])('422 request_invalid: %s', async (_what, bad) => {
      const studio = await funded();
      const answer = await studio.call(path, { tokens: 1, feature_type, request_id: 'h', ...bad });
      expect(refusal(answer)).toEqual([422, 'request_invalid']);
      expect((await studio.balance()).tokens_held).toBe(0);
    });

    it('422 feature_unknown: for a feature that is not registered', async () => {
      const studio = await funded();
      const answer = await studio.call(path, { tokens: 1, feature_type: 'nothing', request_id: 'h' });
      expect(refusal(answer)).toEqual([422, 'feature_unknown']);
    });

    it('402 tokens_insufficient: nothing is held, and the request_id is free again', async () => {
      const studio = await funded();
      const refused = await studio.call(path, { tokens: 1001, feature_type, request_id: 'h' });
      expect(refusal(refused)).toEqual([402, 'tokens_insufficient']);
      expect(refused.json()).toMatchObject({ tokens_required: 1001, tokens_remaining: 1000 });
      expect((await studio.call(path, { tokens: 1000, feature_type, request_id: 'h' })).statusCode).toBe(201);
    });

    it('200: a repeat of a request_id gives the first answer, also once the hold is settled', async () => {
      const studio = await funded();
      const body = { tokens: 400, feature_type, request_id: freshId('hold') };
      const first = await studio.call(path, body);
      await settle(studio, first.json().hold_id, 5);
      const again = await studio.call(path, body);
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
      expect(again.json()).toEqual(first.json());
      expect((await studio.balance()).tokens_held).toBe(0);
    });

    it('422 request_id_reused: a repeat with another body', async () => {
      const studio = await funded();
      const body = { tokens: 400, feature_type, request_id: freshId('hold') };
      await studio.call(path, body);
      expect(refusal(await studio.call(path, { ...body, tokens: 401 }))).toEqual([422, 'request_id_reused']);
      const longer = await studio.call(path, { ...body, ttl_seconds: 900 });
      expect(refusal(longer)).toEqual([422, 'request_id_reused']);
    });
  });

  describe('POST /ai-tokens/holds/{id}/settle', () => {
    it('200: less than was held: the rest is free again', async () => {
      const studio = await funded();
      const hold_id = await studio.hold(400, { request_id: 'mine', user_id: 'ann' });
      const answer = await settle(studio, hold_id, 150);
      expect(answer.statusCode).toBe(200);
      const { usage_id } = answer.json();
      expect(answer.json()).toEqual({
        usage_id,
        tokens_used: 150,
        shortfall_tokens: 0,
        balance_after: 850,
        receipt: `/api/v1/monetization/ai-tokens/receipts/${usage_id}`,
      });
      expect(await studio.balance()).toMatchObject({
        tokens_held: 0,
        tokens_used: 150,
        tokens_remaining: 850,
      });
      const [use] = (await studio.call('GET /ai-tokens/usage')).json().data;
      expect(use).toMatchObject({ usage_id, request_id: 'mine', user_id: 'ann', tokens_used: 150 });
    });

    it('200: more than was held draws on the free balance', async () => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      expect((await settle(studio, hold_id, 999)).json()).toMatchObject({
        tokens_used: 999,
        shortfall_tokens: 0,
        balance_after: 1,
      });
    });

    it('200: what is missing even then is owed, and the next purchase repays it first', async () => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      const answer = await settle(studio, hold_id, 1300);
      expect(answer.json()).toMatchObject({ tokens_used: 1300, shortfall_tokens: 300, balance_after: 0 });
      expect(answer.json()).not.toHaveProperty('shortfall_refused_tokens');
      expect(await studio.balance()).toMatchObject({
        tokens_used: 1000,
        tokens_shortfall: 300,
        tokens_remaining: 0,
      });
      expect((await studio.buy(200)).balance).toBe(0);
      expect(await studio.balance()).toMatchObject({ tokens_used: 1200, tokens_shortfall: 100 });
      expect((await studio.buy(500)).balance).toBe(400);
      expect(await studio.balance()).toMatchObject({
        tokens_used: 1300,
        tokens_shortfall: 0,
        tokens_remaining: 400,
      });
    });

    it('200: what is owed is not owed by given tokens: a grant repays nothing', async () => {
      const studio = await funded();
      await settle(studio, await studio.hold(400), 1300);
      await studio.operate('POST /ai-tokens/grants', { tokens: 1000, reason: 'sorry' });
      expect(await studio.balance()).toMatchObject({ tokens_shortfall: 300, tokens_remaining: 1000 });
    });

    it('200: the cap is over all settlements, and beyond it the answer says what was refused', async () => {
      const studio = await funded();
      await studio.operate(`PATCH /tenants/${studio.tenant_id}`, { shortfall_cap_tokens: 250 });
      const [one, other, third] = [await studio.hold(100), await studio.hold(100), await studio.hold(100)];
      // 1000 bought, 200 of it pinned by the others: 100 held and 700 free go, 200 is owed.
      expect((await settle(studio, one, 1000)).json()).toMatchObject({
        tokens_used: 1000,
        shortfall_tokens: 200,
      });
      expect((await settle(studio, other, 400)).json()).toMatchObject({
        tokens_used: 150,
        shortfall_tokens: 50,
        shortfall_refused_tokens: 250,
      });
      expect((await settle(studio, third, 101)).json()).toMatchObject({
        tokens_used: 100,
        shortfall_tokens: 0,
        shortfall_refused_tokens: 1,
      });
      expect(await studio.balance()).toMatchObject({ tokens_shortfall: 250, tokens_used: 1000 });
    });

    it('200: 100,000 tokens may be owed where nobody said otherwise', async () => {
      const studio = await funded();
      const answer = await settle(studio, await studio.hold(1000), 2 ** 31 - 1);
      expect(answer.json()).toMatchObject({
        tokens_used: 101_000,
        shortfall_tokens: 100_000,
        shortfall_refused_tokens: 2 ** 31 - 1 - 101_000,
      });
    });

    it('200: again with the same body replays, whatever happened since', async () => {
      const studio = await funded();
      await studio.operate(`PATCH /tenants/${studio.tenant_id}`, { shortfall_cap_tokens: 10 });
      const hold_id = await studio.hold(400);
      const first = await settle(studio, hold_id, 1300);
      await studio.buy(5000);
      const again = await settle(studio, hold_id, 1300);
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
      expect(again.json()).toEqual(first.json());
      expect((await studio.call('GET /ai-tokens/usage')).json().data).toHaveLength(1);
    });

    it('422 settlement_differs: again with another amount', async () => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      await settle(studio, hold_id, 150);
      expect(refusal(await settle(studio, hold_id, 151))).toEqual([422, 'settlement_differs']);
      expect((await studio.balance()).tokens_used).toBe(150);
    });

    it.each([0, -1, 2 ** 31, 1.5])('422 request_invalid: %d tokens', async (tokens) => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      expect(refusal(await settle(studio, hold_id, tokens))).toEqual([422, 'request_invalid']);
      expect((await studio.balance()).tokens_held).toBe(400);
    });

    it('409 hold_released: what its owner released', async () => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      await release(studio, hold_id);
      expect(refusal(await settle(studio, hold_id, 150))).toEqual([409, 'hold_released']);
      expect((await studio.balance()).tokens_used).toBe(0);
    });

    it('404 not_found: of an unknown hold, and of another tenant', async () => {
      const [studio, other] = [await funded(), await funded()];
      const hold_id = await other.hold(400);
      expect(refusal(await settle(studio, newId(app.clock.now()), 1))).toEqual([404, 'not_found']);
      expect(refusal(await settle(studio, hold_id, 1))).toEqual([404, 'not_found']);
      expect(refusal(await release(studio, hold_id))).toEqual([404, 'not_found']);
      expect(refusal(await studio.call(`GET /ai-tokens/holds/${hold_id}`))).toEqual([404, 'not_found']);
      expect((await other.balance()).tokens_held).toBe(400);
    });

    it('two at once settle once', async () => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      const answers = await Promise.all([7, 7, 7].map((tokens) => settle(studio, hold_id, tokens)));
      expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
      expect(new Set(answers.map((answer) => answer.json().usage_id)).size).toBe(1);
      expect((await studio.balance()).tokens_used).toBe(7);
    });
  });

  describe('POST /ai-tokens/holds/{id}/release', () => {
    it.each([
      ['no body', undefined],
      ['{}', {}],
    ])('200: with %s, and again the same', async (_what, body) => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      const first = await release(studio, hold_id, body);
      expect(first.statusCode).toBe(200);
      expect(first.json()).toEqual({ hold_id, tokens_released: 400, balance_after: 1000 });
      await studio.use(10);
      const again = await release(studio, hold_id, body);
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
      expect(again.json()).toEqual(first.json());
      expect(await studio.balance()).toMatchObject({ tokens_held: 0, tokens_remaining: 990 });
    });

    it('409 hold_settled: what is settled', async () => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      await settle(studio, hold_id, 1);
      expect(refusal(await release(studio, hold_id))).toEqual([409, 'hold_settled']);
    });

    it('422 request_invalid: with a field', async () => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      expect(refusal(await release(studio, hold_id, { why: 'x' }))).toEqual([422, 'request_invalid']);
    });

    it('at once with a settlement, one of them wins and the other says so', async () => {
      const studio = await funded();
      const hold_id = await studio.hold(400);
      const [settled, released] = await Promise.all([settle(studio, hold_id, 5), release(studio, hold_id)]);
      expect([settled.statusCode, released.statusCode].sort()).toEqual([200, 409]);
      expect((await studio.balance()).tokens_used).toBe(settled.statusCode === 200 ? 5 : 0);
    });
  });
});
