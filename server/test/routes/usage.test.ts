import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const feature_type = 'content_generation';

describeOnEachDatabase('the use of tokens', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());
  const path = 'POST /ai-tokens/usage';
  const funded = async (tokens = 1000): Promise<Studio> => {
    const studio = await makeStudio(app);
    await studio.buy(tokens);
    return studio;
  };

  describe('POST /ai-tokens/usage', () => {
    it('201: tokens are taken, and the answer names its receipt', async () => {
      const studio = await funded();
      const body = {
        tokens_used: 300,
        feature_type,
        request_id: 'r',
        user_id: 'u',
        metadata: { a: [1, null] },
      };
      const answer = await studio.call(path, body);
      expect(answer.statusCode).toBe(201);
      const { usage_id } = answer.json();
      expect(answer.json()).toEqual({
        usage_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        tokens_used: 300,
        feature_type,
        balance_after: 700,
        receipt: `/api/v1/monetization/ai-tokens/receipts/${usage_id}`,
      });
      expect((await studio.balance()).tokens_remaining).toBe(700);
      const { data } = (await studio.call('GET /ai-tokens/usage')).json();
      expect(data).toEqual([{ usage_id, ...body, occurred_at: app.clock.now().toISOString() }]);
    });

    it.each(['content_generation', 'ad_generation', 'advanced_analytics', 'transcript_analysis'])(
      '201: the feature %s is there from the first migration',
      async (name) => {
        const studio = await funded();
        expect((await studio.call(path, { tokens_used: 1, feature_type: name })).statusCode).toBe(201);
      },
    );

    it('201: to the last token', async () => {
      const studio = await funded();
      expect((await studio.use(1000)).balance_after).toBe(0);
    });

    it('200: a repeat of a request_id gives the first answer and takes nothing', async () => {
      const studio = await funded();
      const body = { tokens_used: 300, feature_type, request_id: freshId('request') };
      const first = await studio.call(path, body);
      await studio.use(100);
      // The order of the fields is no difference.
      const again = await studio.call(path, Object.fromEntries(Object.entries(body).reverse()));
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
      expect(again.json()).toEqual(first.json());
      expect((await studio.balance()).tokens_used).toBe(400);
    });

    it.each([
      ['tokens', { tokens_used: 301 }],
      ['feature', { feature_type: 'ad_generation' }],
      ['user', { user_id: 'somebody' }],
      ['metadata', { metadata: {} }],
    ])('422 request_id_reused: a repeat with another %s', async (_what, change) => {
      const studio = await funded();
      const body = { tokens_used: 300, feature_type, request_id: freshId('request') };
      await studio.call(path, body);
      expect(refusal(await studio.call(path, { ...body, ...change }))).toEqual([422, 'request_id_reused']);
      expect((await studio.balance()).tokens_used).toBe(300);
    });

    it('201: the same request_id of another tenant, or of a hold, is another request', async () => {
      const body = { tokens_used: 3, feature_type, request_id: freshId('request') };
      const [one, other] = [await funded(), await funded()];
      await one.call(path, body);
      expect((await other.call(path, body)).statusCode).toBe(201);
      await one.hold(5, { request_id: body.request_id });
    });

    it('402 tokens_insufficient: says what is needed and what is there, and takes nothing', async () => {
      const studio = await funded();
      const answer = await studio.call(path, { tokens_used: 1001, feature_type, request_id: 'short' });
      expect(refusal(answer)).toEqual([402, 'tokens_insufficient']);
      expect(answer.json()).toMatchObject({
        tokens_required: 1001,
        tokens_remaining: 1000,
        top_up_url: '/api/v1/monetization/ai-tokens/purchase',
      });
      expect(answer.headers['retry-after']).toBeUndefined();
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(await studio.balance()).toMatchObject({ tokens_used: 0, tokens_remaining: 1000 });
      // A refusal leaves no trace: the request_id is free for another body.
      const smaller = await studio.call(path, { tokens_used: 1000, feature_type, request_id: 'short' });
      expect(smaller.statusCode).toBe(201);
    });

    it('402 tokens_insufficient: what is held is not free, and a tenant that never bought has nothing', async () => {
      const studio = await funded();
      await studio.hold(900);
      const answer = await studio.call(path, { tokens_used: 101, feature_type });
      expect(answer.json()).toMatchObject({ code: 'tokens_insufficient', tokens_remaining: 100 });
      const poor = await makeStudio(app);
      expect(refusal(await poor.call(path, { tokens_used: 1, feature_type }))).toEqual([
        402,
        'tokens_insufficient',
      ]);
    });

    it('422 feature_unknown: until PUT /features registers it', async () => {
      const studio = await funded();
      const body = { tokens_used: 1, feature_type: 'voice_cloning', request_id: 'f' };
      expect(refusal(await studio.call(path, body))).toEqual([422, 'feature_unknown']);
      const put = () => app.call('PUT /features/voice_cloning', { body: { title: 'Voice cloning' } });
      expect((await put()).statusCode).toBe(201);
      expect((await put()).statusCode).toBe(200);
      expect((await studio.call(path, body)).statusCode).toBe(201);
    });

    it.each([
      ['no tokens', { tokens_used: 0 }],
      ['fewer than none', { tokens_used: -5 }],
      ['2^31', { tokens_used: 2 ** 31 }],
      ['a half', { tokens_used: 0.5 }],
      ['a number as text', { tokens_used: '5' }],
      ['an empty request_id', { request_id: '' }],
      ['a request_id of 256 characters', { request_id: 'x'.repeat(256) }],
      ['a request_id with a line break', { request_id: 'a\nb' }],
      ['a request_id with an invisible mark', { request_id: 'a\u200bb' }],
      ['a field that is none', { tokens: 5 }],
    ])('422 request_invalid: %s', async (_what, bad) => {
      const studio = await funded();
      const answer = await studio.call(path, { tokens_used: 5, feature_type, ...bad });
      expect(refusal(answer)).toEqual([422, 'request_invalid']);
      expect(answer.json().errors[0].pointer).toBe(`/${Object.keys(bad)[0]}`);
      expect((await studio.balance()).tokens_used).toBe(0);
    });

    it('201: 2^31-1 tokens at once, and a request_id of 255 characters of any script', async () => {
      const studio = await funded(2 ** 31);
      const request_id = `${'文'.repeat(254)}🎙`;
      expect((await studio.use(2 ** 31 - 1, { request_id })).balance_after).toBe(1);
    });

    it('many at once never take more than there is', async () => {
      const studio = await funded();
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => studio.call(path, { tokens_used: 150, feature_type })),
      );
      const taken = answers.filter((answer) => answer.statusCode === 201);
      expect(taken).toHaveLength(6);
      expect(new Set(taken.map((answer) => answer.json().balance_after)).size).toBe(6);
      expect(await studio.balance()).toMatchObject({ tokens_used: 900, tokens_remaining: 100 });
    });
  });

  describe('GET /ai-tokens/usage/summary', () => {
    const summary = async (studio: Studio, query = '') =>
      (await studio.call(`GET /ai-tokens/usage/summary${query}`)).json();

    it('is empty for who used nothing', async () => {
      expect(await summary(await makeStudio(app))).toEqual({ tokens_used: 0, uses: 0, groups: [] });
    });

    it('groups by feature, user and UTC day, and the groups add up to the total', async () => {
      const studio = await funded();
      app.clock.set(new Date('2027-03-01T23:59:59.999Z'));
      await studio.use(10, { user_id: 'ann' });
      app.clock.advance(1);
      await studio.use(20, { user_id: 'bob' });
      await studio.use(5, { feature_type: 'ad_generation' });
      expect(await summary(studio)).toEqual({
        tokens_used: 35,
        uses: 3,
        groups: [
          { key: 'content_generation', tokens_used: 30, uses: 2 },
          { key: 'ad_generation', tokens_used: 5, uses: 1 },
        ],
      });
      expect((await summary(studio, '?group_by=day')).groups).toEqual([
        { key: '2027-03-01', tokens_used: 10, uses: 1 },
        { key: '2027-03-02', tokens_used: 25, uses: 2 },
      ]);
      expect((await summary(studio, '?group_by=user_id')).groups).toEqual([
        { key: 'bob', tokens_used: 20, uses: 1 },
        { key: 'ann', tokens_used: 10, uses: 1 },
        { key: null, tokens_used: 5, uses: 1 },
      ]);
      const window = '?from=2027-03-01T23:59:59.999Z&to=2027-03-02T00:00:00.000Z';
      expect(await summary(studio, window)).toMatchObject({ tokens_used: 10, uses: 1 });
      expect((await summary(studio, '?user_id=ann')).tokens_used).toBe(10);
      expect((await summary(studio, '?feature_type=ad_generation')).tokens_used).toBe(5);
    });

    it('includes the shortfall, and leaves out what the cap refused', async () => {
      const studio = await funded();
      await studio.operate(`PATCH /tenants/${studio.tenant_id}`, { shortfall_cap_tokens: 50 });
      const hold_id = await studio.hold(1000);
      await studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 1200 });
      expect((await summary(studio)).tokens_used).toBe(1050);
      expect((await studio.balance()).tokens_used).toBe(1000);
    });

    it('422 request_invalid: grouped by what is no group', async () => {
      const studio = await makeStudio(app);
      const answer = await studio.call('GET /ai-tokens/usage/summary?group_by=week');
      expect(refusal(answer)).toEqual([422, 'request_invalid']);
    });
  });
});
