import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, refusal } from '../tenants/tenant-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const feature_type = 'content_generation';

describeOnEachDatabase('POST /decisions', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  const decide = (studio: Studio, more: object = {}, headers?: Record<string, string>) =>
    studio.call(
      'POST /decisions',
      { api_key: studio.key, request_id: freshId('decision'), ...more },
      headers,
    );
  const limit = (studio: Studio, body: object) => studio.operate('PUT /rate-limit-policies/burst', body);
  // By the operator, whose calls count against no limit.
  const balance = async (studio: Studio) => (await studio.operate('GET /ai-tokens/balance')).json();
  const held = async (studio: Studio) => (await balance(studio)).tokens_held;
  const used = async (studio: Studio) => {
    const { policies } = (await studio.call('GET /api-usage/rate-limit')).json();
    return policies.find((policy: { name: string }) => policy.name === 'burst').used;
  };

  test('200: limits counted and tokens held, and the same again is replayed and counts nothing', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    await limit(studio, { limit: 5, window_seconds: 60 });
    const question = { request_id: 'once', tokens: 100, feature_type };
    const first = await decide(studio, question);
    expect([first.statusCode, first.json()]).toEqual([200, { allowed: true, hold_id: expect.any(String) }]);
    expect(first.headers.ratelimit).toBe('"burst";r=4;t=12, "requests_per_minute";r=599;t=1');
    const again = await decide(studio, question);
    expect([again.statusCode, again.json(), again.headers['idempotent-replayed']]).toEqual([
      200,
      first.json(),
      'true',
    ]);
    expect([await used(studio), await held(studio)]).toEqual([1, 100]);
    const { hold_id } = first.json();
    expect((await studio.call(`GET /ai-tokens/holds/${hold_id}`)).json()).toMatchObject({
      status: 'held',
      tokens: 100,
      request_id: 'once',
    });
    const settled = await studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 70 });
    expect([settled.statusCode, settled.json().balance_after]).toEqual([200, 930]);
    expect((await decide(studio, question)).json()).toEqual(first.json());
  });

  test('200 without tokens: nothing is held, and a cost weighs as much', async () => {
    const studio = await makeStudio(app);
    await limit(studio, { limit: 5, window_seconds: 60, cost: 2 });
    const answer = await decide(studio, { cost: 2 });
    expect([answer.statusCode, answer.json()]).toEqual([200, { allowed: true }]);
    expect(await used(studio)).toBe(4);
  });

  test('200 under an Idempotency-Key, which replays, and is not kept for a refusal', async () => {
    const studio = await makeStudio(app);
    await studio.buy(100);
    const header = { 'idempotency-key': 'header' };
    const question = { request_id: 'with-header', tokens: 200, feature_type };
    expect((await decide(studio, question, header)).statusCode).toBe(402);
    await studio.buy(100);
    const first = await decide(studio, question, header);
    expect([first.statusCode, first.headers['idempotent-replayed']]).toEqual([200, undefined]);
    const again = await decide(studio, question, header);
    expect([again.json(), again.headers['idempotent-replayed']]).toEqual([first.json(), 'true']);
    // A second header for the request_id is given its answer too, and bound to it.
    const second = { 'idempotency-key': 'second header' };
    expect((await decide(studio, question, second)).json()).toEqual(first.json());
    const other = { ...question, request_id: 'another' };
    for (const headers of [header, second])
      expect(refusal(await decide(studio, other, headers))).toEqual([422, 'idempotency_key_reused']);
  });

  describe('401 decision_key_invalid', () => {
    test('for a key that is unknown, mistyped, revoked or expired, and none of it is told apart', async () => {
      const studio = await makeStudio(app);
      const revoked = await makeKey(app, studio.tenant_id);
      await studio.operate(`DELETE /tenants/${studio.tenant_id}/api-keys/${revoked.api_key_id}`);
      const expires_at = new Date(app.clock.now().getTime() + 1000).toISOString();
      const expired = await makeKey(app, studio.tenant_id, { expires_at });
      app.clock.advance(1000);
      const details = new Set<string>();
      for (const api_key of ['unknown', `${studio.key.slice(0, -1)}!`, revoked.api_key, expired.api_key]) {
        const answer = await decide(studio, { api_key });
        expect(refusal(answer), api_key).toEqual([401, 'decision_key_invalid']);
        details.add(answer.json().detail);
      }
      expect(details.size).toBe(1);
    });

    test('for a key of another tenant, which an operator may ask about', async () => {
      const studio = await makeStudio(app);
      const other = await makeStudio(app);
      expect(refusal(await decide(studio, { api_key: other.key }))).toEqual([401, 'decision_key_invalid']);
      const body = { api_key: other.key, request_id: freshId('decision') };
      expect((await app.call('POST /decisions', { body })).json()).toEqual({ allowed: true });
    });
  });

  test('402 with what is needed, and neither limits nor request_id are touched', async () => {
    const studio = await makeStudio(app);
    await studio.buy(100);
    await limit(studio, { limit: 5, window_seconds: 60 });
    const question = { request_id: 'short', tokens: 200, feature_type };
    const short = await decide(studio, question);
    expect(refusal(short)).toEqual([402, 'tokens_insufficient']);
    expect(short.json()).toMatchObject({
      tokens_required: 200,
      tokens_remaining: 100,
      top_up_url: expect.any(String),
    });
    expect(short.headers['retry-after']).toBeUndefined();
    expect([await used(studio), await held(studio)]).toEqual([0, 0]);
    expect((await decide(studio, { ...question, tokens: 50 })).statusCode).toBe(200);
  });

  test('429 with Retry-After: no token stays held, the request_id is free, and a replay is still given', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    await limit(studio, { limit: 1, window_seconds: 60 });
    const question = { tokens: 100, feature_type };
    const first = await decide(studio, { request_id: 'first', ...question });
    expect(first.statusCode).toBe(200);
    const limited = await decide(studio, { request_id: 'second', ...question });
    expect(refusal(limited)).toEqual([429, 'rate_limited']);
    expect(limited.headers['retry-after']).toBe('60');
    expect(await held(studio)).toBe(100);
    expect((await decide(studio, { request_id: 'first', ...question })).json()).toEqual(first.json());
    app.clock.advance(60_000);
    // Another body: a refusal bound nothing.
    const later = await decide(studio, { request_id: 'second', ...question, tokens: 7 });
    expect([later.statusCode, later.json().hold_id === first.json().hold_id]).toEqual([200, false]);
  });

  test('422 for a request_id with another body, tokens without a feature, an unknown feature, a cost beyond a limit', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    await limit(studio, { limit: 5, window_seconds: 60 });
    await decide(studio, { request_id: 'bound' });
    expect(refusal(await decide(studio, { request_id: 'bound', cost: 2 }))).toEqual([
      422,
      'request_id_reused',
    ]);
    const { api_key } = await makeKey(app, studio.tenant_id);
    expect(refusal(await decide(studio, { request_id: 'bound', api_key }))).toEqual([
      422,
      'request_id_reused',
    ]);
    const featureless = await decide(studio, { tokens: 1 });
    expect([featureless.statusCode, featureless.json().errors[0].pointer]).toEqual([422, '/feature_type']);
    const unknown = await decide(studio, { tokens: 1, feature_type: 'unheard_of' });
    expect(refusal(unknown)).toEqual([422, 'feature_unknown']);
    expect(refusal(await decide(studio, { cost: 6 }))).toEqual([422, 'cost_too_high']);
    expect(await used(studio)).toBe(1);
  });

  test('a rotated key is the same key, and its decision is replayed', async () => {
    const studio = await makeStudio(app);
    const { api_key, api_key_id } = await makeKey(app, studio.tenant_id);
    const first = await decide(studio, { api_key, request_id: 'rotated' });
    const path = `/tenants/${studio.tenant_id}/api-keys/${api_key_id}/rotate` as const;
    const rotated = (await studio.operate(`POST ${path}`, {})).json().api_key;
    const again = await decide(studio, { api_key: rotated, request_id: 'rotated' });
    expect([again.json(), again.headers['idempotent-replayed']]).toEqual([first.json(), 'true']);
  });

  test('its request_ids are its own: a hold or a use may have the same one', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    await studio.hold(10, { request_id: 'same' });
    await studio.use(10, { request_id: 'same' });
    const answer = await decide(studio, { request_id: 'same', tokens: 10, feature_type });
    expect([answer.statusCode, answer.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect(await held(studio)).toBe(20);
  });

  test('the call itself is not limited', async () => {
    const studio = await makeStudio(app);
    await limit(studio, { limit: 2, window_seconds: 60, endpoint: '/decisions' });
    for (let call = 0; call < 4; call++) expect((await decide(studio)).statusCode).toBe(200);
  });

  test('twins of one moment get one decision: held once, counted once, one of them not replayed', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    await limit(studio, { limit: 50, window_seconds: 60 });
    const question = { request_id: 'twins', tokens: 100, feature_type };
    const answers = await Promise.all(Array.from({ length: 20 }, () => decide(studio, question)));
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers['idempotent-replayed'] === undefined).length).toBe(1);
    expect([await used(studio), await held(studio)]).toEqual([1, 100]);
  });

  test('a burst of different calls is let in exactly to the limit, and to the last token', async () => {
    const studio = await makeStudio(app);
    await studio.buy(2000);
    await limit(studio, { limit: 7, window_seconds: 60 });
    const many = (tokens: number) =>
      Promise.all(Array.from({ length: 20 }, () => decide(studio, { tokens, feature_type })));
    const tally = (answers: { statusCode: number }[], status: number) =>
      answers.filter((answer) => answer.statusCode === status).length;
    const limited = await many(100);
    expect([tally(limited, 200), tally(limited, 429)]).toEqual([7, 13]);
    expect(await held(studio)).toBe(700);
    await limit(studio, { limit: 1000, window_seconds: 60 });
    const unfunded = await many(100);
    expect([tally(unfunded, 200), tally(unfunded, 402)]).toEqual([13, 7]);
    expect(await balance(studio)).toMatchObject({ tokens_held: 2000, tokens_remaining: 0 });
  });

  test('a host in the same process gets the same decision as a value', async () => {
    const studio = await makeStudio(app);
    const { decisions } = app.composition.services;
    const question = { api_key: studio.key, request_id: 'in process', tokens: 5, feature_type };
    expect(await decisions.decide(question)).toEqual({
      decision: 'unfunded',
      tokens_required: 5n,
      tokens_remaining: 0n,
      top_up_url: expect.any(String),
    });
    await studio.buy(100);
    const first = await decisions.decide(question);
    expect(first).toMatchObject({ decision: 'allowed', replayed: false, hold_id: expect.any(String) });
    const over_http = await decide(studio, { request_id: 'in process', tokens: 5, feature_type });
    expect(over_http.json()).toEqual({ allowed: true, hold_id: (first as { hold_id: string }).hold_id });
    expect(over_http.headers['idempotent-replayed']).toBe('true');
    expect(await decisions.decide({ ...question, api_key: 'x' })).toEqual({ decision: 'unauthenticated' });
    const stranger = { tenant_id: (await makeStudio(app)).tenant_id, operator: false };
    expect(await decisions.decide(question, stranger)).toEqual({ decision: 'unauthenticated' });
    await limit(studio, { limit: 1, window_seconds: 60 });
    await decisions.decide({ api_key: studio.key, request_id: 'one' });
    expect(await decisions.decide({ api_key: studio.key, request_id: 'two' })).toMatchObject({
      decision: 'limited',
      retry_after_seconds: 60,
    });
  });
});
