import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { purchaseIntent } from '../../src/ai-tokens/index.ts';
import { autoTopUpHandler, followAutoTopUps } from '../../src/auto-top-up/index.ts';
import { scheduleRecurring } from '../../src/due-work/index.ts';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { type FlakyProvider, flakyProvider } from './flaky-provider.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const START = new Date('2026-03-10T12:00:00.000Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describeOnEachDatabase('auto top-up', (getDb) => {
  let app: TestApp;
  let provider: FlakyProvider;
  beforeAll(async () => {
    provider = flakyProvider();
    app = await testApp(getDb(), { clock: fixedClock(START), payments: provider });
    await scheduleRecurring(app.db, app.clock, ['auto_top_up_sweep']);
  });
  afterAll(() => app.server.close());
  beforeEach(() => {
    provider.mood = 'works';
    provider.gate = undefined;
    provider.calls.length = 0;
  });

  /** 1,000 tokens for 10 cents below 500, for a dollar a month. */
  const terms = { threshold_tokens: 500, tokens_to_purchase: 1000, monthly_ceiling_cents: 100 };
  const put = (studio: Studio, more = {}) => studio.call('PUT /ai-tokens/auto-top-up', { ...terms, ...more });
  const stateOf = async (studio: Studio) => (await studio.call('GET /ai-tokens/auto-top-up')).json();
  /** Everything that the answers so far have set off. */
  const dueNow = async () => {
    await app.composition.services.balances.close();
    await app.composition.runner.runDue();
  };
  const after = async (milliseconds: number) => {
    app.clock.advance(milliseconds);
    await dueNow();
  };
  /** A studio with 1,000 tokens that it bought, and auto top-up. */
  const studioWith = async (more = {}) => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    const answer = await put(studio, more);
    expect(answer.statusCode, answer.body).toBe(200);
    await dueNow();
    provider.calls.length = 0;
    return studio;
  };
  const remaining = async (studio: Studio) => (await studio.balance()).tokens_remaining;
  const saveCard = (studio: Studio, token: string) =>
    studio.call('POST /payment-methods', { token, make_default: true });

  describe('the settings', () => {
    it('200: say how it stands', async () => {
      const studio = await makeStudio(app);
      const answer = await put(studio);
      expect([answer.statusCode, answer.json()]).toEqual([
        200,
        {
          ...terms,
          enabled: true,
          currency: 'USD',
          spent_cents: 0,
          month_starts_at: '2026-03-01T00:00:00.000Z',
          month_ends_at: '2026-04-01T00:00:00.000Z',
          pending: false,
          last_attempt_at: null,
          last_failure: null,
          paused_reason: null,
          paused_until: null,
          updated_at: app.clock.now().toISOString(),
        },
      ]);
      expect(await stateOf(studio)).toEqual(answer.json());
    });

    it('404 where there are none, and 204 where they are taken away', async () => {
      const studio = await makeStudio(app);
      expect(refusal(await studio.call('GET /ai-tokens/auto-top-up'))).toEqual([404, 'not_found']);
      expect(refusal(await studio.call('DELETE /ai-tokens/auto-top-up'))).toEqual([404, 'not_found']);
      await put(studio);
      expect((await studio.call('DELETE /ai-tokens/auto-top-up')).statusCode).toBe(204);
      await dueNow();
      expect(refusal(await studio.call('GET /ai-tokens/auto-top-up'))).toEqual([404, 'not_found']);
      expect(await remaining(studio)).toBe(0);
    });

    it('422: a purchase that could not be made', async () => {
      const studio = await makeStudio(app);
      expect(refusal(await put(studio, { tokens_to_purchase: 1 }))).toEqual([422, 'price_too_small']);
      const most = { tokens_to_purchase: Number.MAX_SAFE_INTEGER };
      expect((await put(studio, most)).statusCode).toBe(200);
      await dueNow();
      expect(await stateOf(studio)).toMatchObject({ paused_reason: 'ceiling_reached' });
    });

    it('buy at once where the balance is low already, and as often as it takes', async () => {
      const studio = await makeStudio(app);
      await put(studio, { threshold_tokens: 2500 });
      await dueNow();
      expect(await remaining(studio)).toBe(3000);
      expect(await stateOf(studio)).toMatchObject({ spent_cents: 30, last_attempt_at: START.toISOString() });
    });

    it('buy nothing while they are not enabled', async () => {
      const studio = await studioWith({ enabled: false });
      await studio.use(900);
      await after(2 * MINUTE_MS);
      expect([await remaining(studio), provider.calls]).toEqual([100, []]);
      await put(studio);
      await dueNow();
      expect(await remaining(studio)).toBe(1100);
    });
  });

  describe('falls due', () => {
    it('after a use that leaves less than the threshold, and not before', async () => {
      const studio = await studioWith();
      await studio.use(500);
      await dueNow();
      expect(provider.calls).toEqual([]);
      await studio.use(1);
      await dueNow();
      expect([await remaining(studio), provider.calls.length]).toEqual([1499, 1]);
      const { data } = (await studio.call('GET /transactions')).json();
      expect(data).toMatchObject(
        expect.arrayContaining([
          expect.objectContaining({ type: 'token_purchase', status: 'settled', reason: 'auto_top_up' }),
        ]),
      );
    });

    it('after a hold', async () => {
      const studio = await studioWith();
      await studio.hold(600);
      await dueNow();
      expect(await remaining(studio)).toBe(1400);
    });

    it('after a decision that holds tokens', async () => {
      const studio = await studioWith();
      const decision = { api_key: studio.key, request_id: freshId('decision'), tokens: 600 };
      const answer = await studio.call('POST /decisions', {
        ...decision,
        feature_type: 'content_generation',
      });
      expect(answer.statusCode, answer.body).toBe(200);
      await dueNow();
      expect(await remaining(studio)).toBe(1400);
    });

    it('after a settlement of more than was held', async () => {
      const studio = await studioWith();
      const hold_id = await studio.hold(100);
      await dueNow();
      await studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 700 });
      await dueNow();
      expect(await remaining(studio)).toBe(1300);
    });

    it('within a minute where a crash lost it, or the balance fell without a use', async () => {
      const studio = await studioWith();
      await studio.use(900);
      await app.composition.services.balances.close();
      const { tenant_id } = studio;
      await app.db.asOwner((tx) =>
        sql`delete from due_work where tenant_id = ${tenant_id} and kind = 'auto_top_up'`.execute(tx),
      );
      await dueNow();
      expect(await remaining(studio)).toBe(100);
      await after(MINUTE_MS);
      expect(await remaining(studio)).toBe(1100);
    });
  });

  describe('charges once', () => {
    it('however many uses come, while one is being paid', async () => {
      const studio = await studioWith();
      await studio.use(501);
      const { promise, resolve } = Promise.withResolvers<void>();
      provider.gate = promise;
      // Nobody hears of it until the test lets the provider answer.
      provider.deadline_ms = 60_000;
      const running = dueNow();
      await expect.poll(() => provider.calls.length).toBe(1);
      expect(await stateOf(studio)).toMatchObject({ pending: true, spent_cents: 10 });
      await Promise.all(Array.from({ length: 20 }, () => studio.use(10)));
      await put(studio);
      resolve();
      await running;
      provider.deadline_ms = 50;
      await after(2 * MINUTE_MS);
      expect([await remaining(studio), new Set(provider.calls).size]).toEqual([1299, 1]);
      expect(await stateOf(studio)).toMatchObject({ pending: false, spent_cents: 10 });
    });

    it('where the answer is lost: the charge is asked about under its id and credited', async () => {
      const studio = await studioWith();
      const moved = provider.moved.size;
      provider.mood = 'dies';
      await studio.use(600);
      await dueNow();
      expect([await remaining(studio), provider.moved.size - moved]).toEqual([400, 1]);
      expect(await stateOf(studio)).toMatchObject({ pending: true });
      await after(20_000);
      provider.mood = 'works';
      await after(2 * MINUTE_MS);
      expect([await remaining(studio), provider.moved.size - moved]).toEqual([1400, 1]);
    });

    it('what waits for the owner of the card is not charged again, and is credited when he confirms it', async () => {
      const studio = await studioWith();
      await saveCard(studio, 'sandbox_card_confirm');
      await studio.use(600);
      await dueNow();
      await after(2 * MINUTE_MS);
      await studio.use(10);
      await dueNow();
      expect(new Set(provider.calls).size).toBe(1);
      expect(await stateOf(studio)).toMatchObject({ pending: true, spent_cents: 10 });
      const [transaction_id] = provider.calls;
      await studio.call('POST /payments/sandbox/confirm', { transaction_id });
      await dueNow();
      expect([await remaining(studio), new Set(provider.calls).size]).toEqual([1390, 1]);
    });
  });

  describe('the ceiling of the month', () => {
    it('is never passed, and begins again with the next month of the time zone', async () => {
      app.clock.set(START);
      const studio = await makeStudio(app);
      await studio.call('PUT /billing-details', { time_zone: 'America/New_York' });
      await put(studio, { threshold_tokens: 1_000_000, monthly_ceiling_cents: 35 });
      await dueNow();
      expect(await remaining(studio)).toBe(3000);
      const next_month = '2026-04-01T04:00:00.000Z';
      expect(await stateOf(studio)).toMatchObject({
        spent_cents: 30,
        month_starts_at: '2026-03-01T05:00:00.000Z',
        month_ends_at: next_month,
        paused_reason: 'ceiling_reached',
        paused_until: next_month,
      });
      await studio.use(10);
      await after(2 * MINUTE_MS);
      // Neither taking the settings away nor setting them again makes room.
      await studio.call('DELETE /ai-tokens/auto-top-up');
      await put(studio, { threshold_tokens: 1_000_000, monthly_ceiling_cents: 35 });
      await dueNow();
      expect(await remaining(studio)).toBe(2990);
      app.clock.set(new Date(next_month));
      await dueNow();
      expect(await stateOf(studio)).toMatchObject({ spent_cents: 30, month_starts_at: next_month });
      expect(await remaining(studio)).toBe(5990);
    });
  });

  it('looks of one moment, wherever they are made, begin one at a time and keep the ceiling', async () => {
    const studio = await makeStudio(app);
    await put(studio, { threshold_tokens: 1_000_000, monthly_ceiling_cents: 25 });
    const { tenant_id } = studio;
    const handler = autoTopUpHandler(app.composition.services, followAutoTopUps(purchaseIntent));
    const item = { tenant_id, kind: handler.kind, ref_id: tenant_id, attempts: 0 };
    const now = app.clock.now();
    const look = () => handler.runOwn({ ...item, next_due_at: now }, now);
    await Promise.all(Array.from({ length: 30 }, look));
    await dueNow();
    expect([await remaining(studio), (await stateOf(studio)).spent_cents, provider.calls.length]).toEqual([
      2000, 20, 2,
    ]);
  });

  it('two processes and settings that change meanwhile begin one at a time, and keep the ceiling', async () => {
    const { clock, operator_key } = app;
    const other = await testApp(getDb(), { clock, operator_key, payments: provider });
    const studio = await makeStudio(app);
    const much = { threshold_tokens: 1_000_000, monthly_ceiling_cents: 75 };
    const rounds = Array.from({ length: 12 }, async (_, round) => {
      expect((await put(studio, much)).statusCode).toBe(200);
      await (round % 2 === 0 ? app : other).composition.runner.runDue();
    });
    await Promise.all(rounds);
    await dueNow();
    expect([await remaining(studio), (await stateOf(studio)).spent_cents]).toEqual([7000, 70]);
    await other.server.close();
  });

  describe('declined payments', () => {
    it('pause it for an hour, then for a day, and the third ends it', async () => {
      const studio = await studioWith();
      provider.mood = 'declines';
      await studio.use(600);
      await dueNow();
      const failure = { code: 'expired_card', reason: 'the card has expired' };
      const at = app.clock.now();
      expect(await stateOf(studio)).toMatchObject({
        spent_cents: 0,
        pending: false,
        last_failure: { ...failure, at: at.toISOString() },
        paused_reason: 'payment_declined',
        paused_until: new Date(at.getTime() + HOUR_MS).toISOString(),
      });
      await studio.use(10);
      await after(59 * MINUTE_MS);
      expect(provider.calls).toHaveLength(1);
      await after(MINUTE_MS);
      expect(provider.calls).toHaveLength(2);
      await after(23 * HOUR_MS);
      expect(provider.calls).toHaveLength(2);
      await after(HOUR_MS);
      expect(provider.calls).toHaveLength(3);
      expect(await stateOf(studio)).toMatchObject({
        enabled: true,
        paused_reason: 'declined_three_times',
        paused_until: null,
      });
      provider.mood = 'works';
      await studio.use(10);
      await after(72 * HOUR_MS);
      expect([provider.calls.length, await remaining(studio)]).toEqual([3, 380]);
    });

    it('are forgotten when the settings are set again', async () => {
      const studio = await studioWith();
      provider.mood = 'declines';
      await studio.use(600);
      await dueNow();
      await after(HOUR_MS);
      await after(24 * HOUR_MS);
      provider.mood = 'works';
      expect((await put(studio)).json()).toMatchObject({ paused_reason: null });
      await dueNow();
      expect(await remaining(studio)).toBe(1400);
      await studio.use(1000);
      await dueNow();
      expect(await remaining(studio)).toBe(1400);
    });

    it('are forgotten within a minute when another card is the default', async () => {
      const studio = await studioWith();
      await saveCard(studio, 'sandbox_card_declined');
      await studio.use(600);
      await dueNow();
      await after(HOUR_MS);
      await after(24 * HOUR_MS);
      expect(await stateOf(studio)).toMatchObject({ paused_reason: 'declined_three_times' });
      await after(2 * MINUTE_MS);
      expect(provider.calls).toHaveLength(3);
      await saveCard(studio, 'sandbox_card');
      expect(await stateOf(studio)).toMatchObject({ paused_reason: null });
      await after(MINUTE_MS);
      expect(await remaining(studio)).toBe(1400);
    });
  });

  it('waits where no card is there, and buys within a minute when one is', async () => {
    const needy = await testApp(getDb(), {
      clock: app.clock,
      operator_key: app.operator_key,
      payments: { ...provider, needs_method: true },
    });
    const studio = await makeStudio(needy);
    await put(studio);
    await needy.composition.runner.runDue();
    expect(await stateOf(studio)).toMatchObject({
      paused_reason: 'payment_method_missing',
      last_attempt_at: null,
    });
    await saveCard(studio, 'sandbox_card');
    needy.clock.advance(MINUTE_MS);
    await needy.composition.runner.runDue();
    expect(await remaining(studio)).toBe(1000);
    await needy.server.close();
  });
});
