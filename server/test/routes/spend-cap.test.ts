import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { callEvents, sendCalls } from './call-fixtures.ts';
import { type FlakyProvider, flakyProvider } from './flaky-provider.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const START = new Date('2026-03-10T12:00:00.000Z');

describeOnEachDatabase('spend caps', (getDb) => {
  let app: TestApp;
  let provider: FlakyProvider;
  beforeAll(async () => {
    provider = flakyProvider();
    app = await testApp(getDb(), { clock: fixedClock(START), payments: provider });
    // Two calls are included, and each further one costs 10 cents; so does each clip beyond one.
    const per_unit = { USD: { model: 'per_unit', unit_price_cents: '10' } };
    const tier = {
      tier_name: 'dear',
      title: 'Dear',
      included_api_calls: 2,
      api_call_prices: per_unit,
      features: { clips: { kind: 'metered', limit: 1, overage: per_unit } },
      prices: { USD: { month: 1000 } },
    };
    const made = await app.call('POST /subscription-tiers', { body: tier });
    expect(made.statusCode, made.body).toBe(201);
  });
  afterAll(() => app.server.close());
  beforeEach(() => {
    provider.mood = 'works';
    app.clock.set(START);
  });

  type Cap = { limit_cents: number; action: 'notify' | 'block' };
  const put = async (studio: Studio, cap: Cap, by: 'call' | 'operate' = 'call') => {
    const answer = await studio[by]('PUT /spend-cap', cap);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const stateOf = async (studio: Studio) => (await studio.operate('GET /spend-cap')).json();
  /** 1,000 tokens cost 10 cents. */
  const buy = (studio: Studio, tokens_to_purchase = 1000) =>
    studio.call('POST /ai-tokens/purchase', { tokens_to_purchase });
  const decide = (studio: Studio, request_id = freshId('decision')) =>
    studio.operate('POST /decisions', { api_key: studio.key, request_id });

  describe('the caps', () => {
    it('200: say what was spent, with or without one', async () => {
      const studio = await makeStudio(app);
      const nothing = {
        period_starts_at: '2026-03-01T00:00:00.000Z',
        period_ends_at: '2026-04-01T00:00:00.000Z',
        currency: 'USD',
        spent_cents: 0,
        token_purchases_cents: 0,
        api_calls_cents: 0,
        features_cents: 0,
        caps: [],
      };
      expect(await stateOf(studio)).toEqual(nothing);
      const cap = { limit_cents: 100, action: 'block' } as const;
      const own = { ...cap, set_by: 'tenant', reached_at: null, updated_at: START.toISOString() };
      expect(await put(studio, cap)).toEqual({ ...nothing, caps: [own] });
      const theirs = { ...own, limit_cents: 50, set_by: 'operator' };
      expect(await put(studio, { ...cap, limit_cents: 50 }, 'operate')).toEqual({
        ...nothing,
        caps: [theirs, own],
      });
      expect(await stateOf(studio)).toEqual({ ...nothing, caps: [theirs, own] });
    });

    it('204: everybody takes the own one away, and 404 where it is not there', async () => {
      const studio = await makeStudio(app);
      expect(refusal(await studio.call('DELETE /spend-cap'))).toEqual([404, 'not_found']);
      await put(studio, { limit_cents: 0, action: 'block' }, 'operate');
      expect(refusal(await studio.call('DELETE /spend-cap'))).toEqual([404, 'not_found']);
      expect(refusal(await buy(studio))).toEqual([402, 'spend_cap_reached']);
      expect((await studio.operate('DELETE /spend-cap')).statusCode).toBe(204);
      expect((await buy(studio)).statusCode).toBe(201);
    });
  });

  describe('purchases', () => {
    it('402 spend_cap_reached: what would pass a cap that blocks, with the figures', async () => {
      const studio = await makeStudio(app);
      await put(studio, { limit_cents: 25, action: 'block' });
      expect([(await buy(studio)).statusCode, (await buy(studio)).statusCode]).toEqual([201, 201]);
      const answer = await buy(studio);
      expect(refusal(answer)).toEqual([402, 'spend_cap_reached']);
      expect(answer.json()).toMatchObject({
        limit_cents: 25,
        spent_cents: 20,
        would_be_cents: 30,
        set_by: 'tenant',
      });
      expect((await buy(studio, 500)).statusCode).toBe(201);
      const { caps, spent_cents } = await stateOf(studio);
      expect([spent_cents, caps[0].reached_at]).toEqual([25, START.toISOString()]);
    });

    it('402: a checkout that sells tokens', async () => {
      const studio = await makeStudio(app);
      await put(studio, { limit_cents: 5, action: 'block' });
      const urls = { success_url: 'https://host.example/paid', cancel_url: 'https://host.example/left' };
      const open = (more: object) => studio.call('POST /payments/checkout', { ...urls, ...more });
      expect(refusal(await open({ purpose: 'token_purchase', tokens_to_purchase: 1000 }))).toEqual([
        402,
        'spend_cap_reached',
      ]);
      expect((await open({ purpose: 'setup' })).statusCode).toBe(201);
      expect((await open({ purpose: 'token_purchase', tokens_to_purchase: 500 })).statusCode).toBe(201);
      expect(await stateOf(studio)).toMatchObject({ token_purchases_cents: 5 });
    });

    it('a tenant cannot raise what the operator has set', async () => {
      const studio = await makeStudio(app);
      await put(studio, { limit_cents: 10, action: 'block' }, 'operate');
      await put(studio, { limit_cents: 1000, action: 'block' });
      await buy(studio);
      const answer = await buy(studio);
      expect(refusal(answer)).toEqual([402, 'spend_cap_reached']);
      expect(answer.json()).toMatchObject({ limit_cents: 10, set_by: 'operator' });
    });

    it('of one moment never pass it together', async () => {
      const studio = await makeStudio(app);
      await put(studio, { limit_cents: 55, action: 'block' });
      const answers = await Promise.all(Array.from({ length: 12 }, () => buy(studio)));
      const codes = answers.map(({ statusCode }) => statusCode).toSorted();
      expect(codes).toEqual([...Array(5).fill(201), ...Array(7).fill(402)]);
      expect((await stateOf(studio)).spent_cents).toBe(50);
    });

    it('count while they are being paid, and not any more when they were declined or paid back', async () => {
      const studio = await makeStudio(app);
      await put(studio, { limit_cents: 10, action: 'block' });
      provider.mood = 'fails';
      expect(refusal(await buy(studio))).toEqual([503, 'payments_unavailable']);
      expect(refusal(await buy(studio))).toEqual([402, 'spend_cap_reached']);
      provider.mood = 'declines';
      app.clock.advance(61_000);
      await app.composition.runner.runDue();
      provider.mood = 'works';
      const bought = await buy(studio);
      expect(bought.statusCode).toBe(201);
      const { transaction_id } = bought.json();
      await studio.operate('POST /refunds', { transaction_id, reason: 'a mistake' });
      expect((await stateOf(studio)).token_purchases_cents).toBe(0);
      expect((await buy(studio)).statusCode).toBe(201);
    });

    it('that an operator records are not refused, and count', async () => {
      const studio = await makeStudio(app);
      await put(studio, { limit_cents: 5, action: 'block' });
      const paid = { tokens_to_purchase: 1000, transaction_id: freshId('transfer') };
      expect((await studio.operate('POST /ai-tokens/purchase', paid)).statusCode).toBe(201);
      expect((await stateOf(studio)).spent_cents).toBe(10);
    });

    it('are let in again when another billing period has begun', async () => {
      const studio = await makeStudio(app);
      await put(studio, { limit_cents: 10, action: 'block' });
      await buy(studio);
      expect(refusal(await buy(studio))).toEqual([402, 'spend_cap_reached']);
      app.clock.set(new Date('2026-04-01T00:00:00.000Z'));
      const { spent_cents, caps } = await stateOf(studio);
      expect([spent_cents, caps[0].reached_at]).toEqual([0, null]);
      expect((await buy(studio)).statusCode).toBe(201);
    });

    it('pass a cap that only notifies, which says when', async () => {
      const studio = await makeStudio(app);
      await put(studio, { limit_cents: 15, action: 'notify' });
      await buy(studio);
      expect((await stateOf(studio)).caps[0].reached_at).toBeNull();
      app.clock.advance(1000);
      const reached_at = app.clock.now().toISOString();
      expect((await buy(studio)).statusCode).toBe(201);
      app.clock.advance(1000);
      expect((await stateOf(studio)).caps[0].reached_at).toBe(reached_at);
      expect(await put(studio, { limit_cents: 100, action: 'notify' })).toMatchObject({
        spent_cents: 20,
        caps: [{ reached_at: null }],
      });
    });
  });

  it('an auto top-up that would pass it waits, and goes on when there is room', async () => {
    const studio = await makeStudio(app);
    await put(studio, { limit_cents: 15, action: 'block' });
    const terms = { threshold_tokens: 1500, tokens_to_purchase: 1000, monthly_ceiling_cents: 1000 };
    await studio.call('PUT /ai-tokens/auto-top-up', terms);
    await app.composition.runner.runDue();
    const topUps = async () => (await studio.call('GET /ai-tokens/auto-top-up')).json();
    expect(await topUps()).toMatchObject({
      spent_cents: 10,
      pending: false,
      paused_reason: 'spend_cap_reached',
      last_failure: { code: 'spend_cap_reached' },
    });
    await put(studio, { limit_cents: 20, action: 'block' });
    app.clock.advance(60 * 60 * 1000);
    await app.composition.runner.runDue();
    expect(await topUps()).toMatchObject({ spent_cents: 20, paused_reason: null });
  });

  describe('an auto top-up whose provider hangs', () => {
    /** A studio with room for one purchase, whose top-up hangs. */
    const hanging = async () => {
      const studio = await makeStudio(app);
      await put(studio, { limit_cents: 15, action: 'block' });
      provider.mood = 'hangs';
      provider.calls.length = 0;
      provider.moved.clear();
      const terms = { threshold_tokens: 500, tokens_to_purchase: 1000, monthly_ceiling_cents: 1000 };
      await studio.call('PUT /ai-tokens/auto-top-up', terms);
      for (let minute = 0; minute < 4; minute++) {
        app.clock.advance(61_000);
        await app.composition.runner.runDue();
      }
      expect(provider.calls.length).toBeGreaterThan(1);
      expect([new Set(provider.calls).size, provider.moved.size]).toEqual([1, 0]);
      expect((await studio.balance()).tokens_remaining).toBe(0);
      expect((await stateOf(studio)).spent_cents).toBe(10);
      expect(refusal(await buy(studio))).toEqual([402, 'spend_cap_reached']);
      return studio;
    };
    const goOn = async (mood: typeof provider.mood) => {
      provider.mood = mood;
      app.clock.advance(60 * 60 * 1000);
      await app.composition.runner.runDue();
    };

    it('is charged once when it answers, and stays within the cap', async () => {
      const studio = await hanging();
      await goOn('works');
      expect([...provider.moved.values()]).toEqual([10n]);
      expect((await studio.balance()).tokens_remaining).toBe(1000);
      expect((await stateOf(studio)).spent_cents).toBe(10);
      expect(refusal(await buy(studio))).toEqual([402, 'spend_cap_reached']);
    });

    it('leaves nothing behind when it is declined at last: there is room for another', async () => {
      const studio = await hanging();
      await goOn('declines');
      expect((await stateOf(studio)).spent_cents).toBe(0);
      provider.mood = 'works';
      expect((await buy(studio)).statusCode).toBe(201);
      expect(provider.moved.size).toBe(1);
      expect((await studio.balance()).tokens_remaining).toBe(1000);
    });
  });

  it('subscriptions and their invoices are never refused', async () => {
    const studio = await makeStudio(app);
    await put(studio, { limit_cents: 0, action: 'block' });
    const answer = await studio.call('POST /subscriptions', { tier_name: 'dear' });
    expect(answer.statusCode, answer.body).toBe(201);
    expect(answer.json()).toMatchObject({ status: 'active' });
    expect((await stateOf(studio)).spent_cents).toBe(0);
  });

  describe('decisions', () => {
    const WITHIN_A_SECOND = { timeout: 1500, interval: 20 };
    const outcome = async (studio: Studio) => (await decide(studio)).statusCode;

    it('402 spend_cap_reached: calls that would be billed, within a second of the cap being reached', async () => {
      const studio = await makeStudio(app, { tier_name: 'dear' });
      await put(studio, { limit_cents: 30, action: 'block' });
      expect((await decide(studio, 'before')).statusCode).toBe(200);
      await sendCalls(studio, callEvents(5, { occurred_at: START.toISOString() }));
      await expect.poll(() => outcome(studio), WITHIN_A_SECOND).toBe(402);
      const refused = await decide(studio);
      expect(refused.json()).toMatchObject({
        code: 'spend_cap_reached',
        limit_cents: 30,
        spent_cents: expect.any(Number),
        set_by: 'tenant',
      });
      const { spent_cents, api_calls_cents, caps } = await stateOf(studio);
      expect(spent_cents).toBe(api_calls_cents);
      expect(spent_cents).toBeGreaterThanOrEqual(30);
      expect(caps[0].reached_at).toBe(START.toISOString());
      // What was allowed stays so.
      const again = await decide(studio, 'before');
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
      // Another cap holds at once, and so does another billing period.
      await put(studio, { limit_cents: 1_000_000, action: 'block' });
      expect(await outcome(studio)).toBe(200);
      await put(studio, { limit_cents: 30, action: 'notify' });
      expect(await outcome(studio)).toBe(200);
      await put(studio, { limit_cents: 30, action: 'block' });
      expect(await outcome(studio)).toBe(402);
      app.clock.set(new Date('2026-04-01T00:00:00.000Z'));
      expect(await outcome(studio)).toBe(200);
    });

    it('200: calls that the period includes are let in, whatever was spent', async () => {
      const studio = await makeStudio(app);
      await buy(studio);
      await put(studio, { limit_cents: 10, action: 'block' });
      expect(await outcome(studio)).toBe(200);
    });

    it('a host in the same process is told the figures', async () => {
      const studio = await makeStudio(app, { tier_name: 'dear' });
      await sendCalls(studio, callEvents(2, { occurred_at: START.toISOString() }));
      await put(studio, { limit_cents: 0, action: 'block' }, 'operate');
      const question = { api_key: studio.key, request_id: freshId('decision') };
      expect(await app.composition.services.decisions.decide(question)).toMatchObject({
        decision: 'capped',
        limit_cents: 0n,
        set_by: 'operator',
      });
    });
  });

  it('features beyond their limit count', async () => {
    const studio = await makeStudio(app, { tier_name: 'dear' });
    const use = { quantity: 3, request_id: freshId('clip') };
    const answer = await studio.operate('POST /entitlements/clips/usage', use);
    expect(answer.statusCode, answer.body).toBe(201);
    expect(await stateOf(studio)).toMatchObject({ features_cents: 20, spent_cents: 20 });
  });
});
