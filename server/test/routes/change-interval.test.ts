import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { goTo, metricsOf } from '../revenue/revenue-fixtures.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { callEvents, sendCalls, summaryOf } from './call-fixtures.ts';
import { type FlakyProvider, flakyProvider } from './flaky-provider.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

const YEARLY = { tier_name: 'starter', interval: 'year' };
const MONTHLY = { tier_name: 'starter', interval: 'month' };

describeOnEachDatabase('a change of interval', (getDb) => {
  let app: TestApp;
  let provider: FlakyProvider;
  beforeAll(async () => {
    provider = flakyProvider();
    app = await testApp(getDb(), {
      payments: provider,
      clock: fixedClock(new Date('2026-04-01T00:00:00.000Z')),
    });
  });
  beforeEach(() => app.clock.set(new Date('2026-04-01T00:00:00.000Z')));
  afterAll(async () => {
    const { checks } = await runAudit(getDb());
    expect(checks.filter(({ difference }) => difference)).toEqual([]);
    await app.server.close();
  });

  async function subscribed(terms: object = MONTHLY): Promise<Studio> {
    const studio = await makeStudio(app);
    const answer = await studio.operate('POST /subscriptions', terms);
    expect(answer.statusCode, answer.body).toBe(201);
    return studio;
  }
  const preview = async (studio: Studio, body: object) =>
    (await studio.operate('POST /subscriptions/current/preview', body)).json();
  const change = (studio: Studio, body: object) => studio.operate('POST /subscriptions/current/change', body);
  const changed = async (studio: Studio, body: object) => {
    const answer = await change(studio, body);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const current = async (studio: Studio) => (await studio.operate('GET /subscriptions/current')).json();
  const bills = async (studio: Studio): Promise<{ status: string; total_cents: number }[]> =>
    (await studio.operate('GET /invoices')).json().data;
  const balance = async (studio: Studio) => (await studio.operate('GET /ai-tokens/balance')).json();

  describe('to a year', () => {
    it('begins one now: what is left of the month comes back, and one invoice is what the preview said', async () => {
      const studio = await subscribed();
      await goTo(app, '2026-04-16T00:00:00.000Z');
      const said = await preview(studio, YEARLY);
      expect(said).toMatchObject({ when: 'now', total_cents: 29_000 - 1450, amount_due_cents: 27_550 });
      expect(await changed(studio, YEARLY)).toMatchObject({
        interval: 'year',
        price_cents: 29_000,
        current_period_start: '2026-04-16T00:00:00.000Z',
        current_period_end: '2027-04-16T00:00:00.000Z',
        next_interval: null,
      });
      expect(await bills(studio)).toMatchObject([
        { status: 'paid', total_cents: 27_550, period_end: '2027-04-16T00:00:00.000Z' },
        { status: 'paid', total_cents: 2900 },
      ]);
      // Half of the tokens of the month went with half of its price, and the new month has its own.
      expect(await balance(studio)).toMatchObject({ tokens_expired: 5000, tokens_remaining: 5000 + 10_000 });
      await goTo(app, '2026-05-16T02:00:00.000Z');
      expect(await balance(studio)).toMatchObject({ tokens_remaining: 10_000 });
      expect(await summaryOf(studio)).toMatchObject({ to: '2026-06-16T00:00:00.000Z' });
      await goTo(app, '2027-04-16T02:00:00.000Z');
      expect((await bills(studio)).map(({ total_cents }) => total_cents)).toEqual([29_000, 27_550, 2900]);
    });

    it('leaves the month that is cut the calls of its part', async () => {
      const studio = await subscribed();
      await sendCalls(studio, callEvents(1000));
      for (let sent = 1000; sent < 7000; sent += 1000) await sendCalls(studio, callEvents(1000));
      await goTo(app, '2026-04-16T00:00:00.000Z');
      await changed(studio, { ...YEARLY, tier_name: 'professional' });
      expect(await summaryOf(studio)).toMatchObject({ total_calls: 0, included_calls: 100_000 });
      await goTo(app, '2026-04-16T02:00:00.000Z');
      // 2,000 beyond the half of 10,000.
      expect((await bills(studio))[0]).toMatchObject({ reason: 'usage', total_cents: 10 });
    });

    it('gives back no more than the share of tokens that was not used', async () => {
      const studio = await subscribed();
      await studio.use(8000);
      await goTo(app, '2026-04-16T00:00:00.000Z');
      await changed(studio, YEARLY);
      expect((await bills(studio))[0]?.total_cents).toBe(29_000 - 580);
      expect(await balance(studio)).toMatchObject({ tokens_remaining: 10_000 });
    });

    it('leaves everything as it was where its payment is declined', async () => {
      const studio = await subscribed();
      await goTo(app, '2026-04-16T00:00:00.000Z');
      const before = [await current(studio), await balance(studio), await summaryOf(studio)];
      provider.mood = 'declines';
      expect(refusal(await change(studio, YEARLY))).toEqual([402, 'payment_declined']);
      provider.mood = 'works';
      expect([await current(studio), await balance(studio), await summaryOf(studio)]).toEqual(before);
      expect(await bills(studio)).toMatchObject([{ status: 'void' }, { status: 'paid', total_cents: 2900 }]);
      await goTo(app, '2026-05-01T02:00:00.000Z');
      expect((await bills(studio))[0]).toMatchObject({ status: 'paid', total_cents: 2900 });
    });

    it('makes one invoice of a double click', async () => {
      const studio = await subscribed();
      await goTo(app, '2026-04-16T00:00:00.000Z');
      const clicks = await Promise.all([1, 2, 3].map(() => change(studio, YEARLY)));
      expect(clicks.map(({ statusCode }) => statusCode)).toContain(200);
      const refused = clicks.filter(({ statusCode }) => statusCode !== 200).map(refusal);
      expect(refused.filter(([, code]) => code !== 'subscription_unchanged')).toEqual([]);
      expect((await bills(studio)).map(({ total_cents }) => total_cents)).toEqual([27_550, 2900]);
      expect(await balance(studio)).toMatchObject({ tokens_granted: 20_000 });
    });

    it('does not give again what was paid back and used while the rest was being paid', async () => {
      const studio = await subscribed();
      await goTo(app, '2026-04-16T00:00:00.000Z');
      let open = () => {};
      provider.gate = new Promise((resolve) => {
        open = resolve;
      });
      provider.deadline_ms = 60_000;
      const answer = change(studio, YEARLY);
      await expect.poll(async () => (await bills(studio)).length).toBe(2);
      await studio.use(9000);
      open();
      provider.gate = undefined;
      expect((await answer).statusCode).toBe(200);
      // 5,000 were paid back, of which 1,000 were there.
      expect(await balance(studio)).toMatchObject({ tokens_expired: 1000, tokens_remaining: 6000 });
    });
  });

  describe('to a month', () => {
    it('waits for the end of the year where nothing else is said', async () => {
      const studio = await subscribed(YEARLY);
      expect(await preview(studio, MONTHLY)).toMatchObject({ when: 'period_end', total_cents: 0, lines: [] });
      expect(await changed(studio, MONTHLY)).toMatchObject({ interval: 'year', next_interval: 'month' });
      await goTo(app, '2027-04-01T02:00:00.000Z');
      expect(await current(studio)).toMatchObject({
        interval: 'month',
        price_cents: 2900,
        current_period_end: '2027-05-01T00:00:00.000Z',
        next_interval: null,
      });
      await goTo(app, '2027-05-01T02:00:00.000Z');
      expect((await bills(studio)).map(({ total_cents }) => total_cents).sort()).toEqual(
        [2900, 2900, 29_000].sort(),
      );
    });

    it('now gives the rest of the year as credit, which pays the next months', async () => {
      const studio = await subscribed(YEARLY);
      await goTo(app, '2026-04-16T00:00:00.000Z');
      const said = await preview(studio, { ...MONTHLY, when: 'now' });
      // 350 of 365 days come back.
      expect(said).toMatchObject({ total_cents: 2900 - 27_808, amount_due_cents: 0 });
      await changed(studio, { ...MONTHLY, when: 'now' });
      expect((await bills(studio))[0]).toMatchObject({ status: 'paid', total_cents: said.total_cents });
      expect(await current(studio)).toMatchObject({ current_period_end: '2026-05-16T00:00:00.000Z' });
      await goTo(app, '2026-05-16T02:00:00.000Z');
      expect((await bills(studio))[0]).toMatchObject({ total_cents: 2900, credit_applied_cents: 2900 });
    });

    it('and back and forth leaves nobody ahead who spends on the way', async () => {
      const studio = await subscribed();
      await studio.use(10_000);
      app.clock.advance(1);
      await changed(studio, YEARLY);
      expect((await bills(studio))[0]?.total_cents).toBe(29_000);
      await studio.use(10_000);
      app.clock.advance(1);
      await changed(studio, { ...MONTHLY, when: 'now' });
      // The month of the year whose tokens are gone, 30 of its 365 days, stays paid.
      expect((await bills(studio))[0]?.total_cents).toBe(2900 - (29_000 - 2384));
      expect(await balance(studio)).toMatchObject({ tokens_remaining: 10_000 });
    });
  });

  it('in a trial costs nothing, and the trial goes on to its end', async () => {
    const studio = await subscribed({ ...MONTHLY, trial_days: 14 });
    expect(await preview(studio, YEARLY)).toMatchObject({ when: 'now', total_cents: 0 });
    expect(await changed(studio, YEARLY)).toMatchObject({
      status: 'trialing',
      interval: 'year',
      current_period_end: '2026-04-15T00:00:00.000Z',
    });
    expect(await balance(studio)).toMatchObject({ tokens_remaining: 10_000 });
    await goTo(app, '2026-04-15T02:00:00.000Z');
    expect(await bills(studio)).toMatchObject([{ total_cents: 29_000 }]);
  });

  it('is refused where it is none, where it is not sold, and while a period that ended is not renewed', async () => {
    const studio = await subscribed();
    expect(refusal(await change(studio, MONTHLY))).toEqual([409, 'subscription_unchanged']);
    app.clock.set(new Date('2026-05-01T00:00:00.000Z'));
    expect(refusal(await change(studio, YEARLY))).toEqual([409, 'subscription_not_changeable']);
    await app.composition.runner.runDue();
    app.clock.advance(1);
    await changed(studio, YEARLY);
    const body = { tier_name: 'monthly', title: 'Monthly', prices: { USD: { month: 100 } } };
    expect((await app.call('POST /subscription-tiers', { body })).statusCode).toBe(201);
    expect(refusal(await change(studio, { ...YEARLY, tier_name: 'monthly' }))).toEqual([
      422,
      'price_not_offered',
    ]);
  });
});

describeOnEachDatabase('recurring revenue of a change of interval', (getDb) => {
  it('moves by the difference of what it costs a month, and not at all where there is none', async () => {
    const app = await testApp(getDb(), { clock: fixedClock(new Date('2026-03-10T00:00:00.000Z')) });
    const studio = await makeStudio(app);
    const done = async (answer: Promise<{ statusCode: number; body: string }>) => {
      const { statusCode, body } = await answer;
      expect(statusCode, body).toBeLessThan(300);
    };
    await done(studio.operate('POST /subscriptions', { ...MONTHLY, custom_price_cents: 1000 }));
    const to = (terms: object, custom_price_cents: number) =>
      done(
        studio.operate('POST /subscriptions/current/change', { ...terms, custom_price_cents, when: 'now' }),
      );
    await goTo(app, '2026-04-16T00:00:00.000Z');
    await to(YEARLY, 12_000);
    await goTo(app, '2026-05-16T00:00:00.000Z');
    await to(MONTHLY, 1050);
    await goTo(app, '2026-06-02T00:00:00.000Z');
    const { by_month } = await metricsOf(app, '?from=2026-04-01T00:00:00Z&to=2026-06-01T00:00:00Z');
    const nothing = { new_cents: 0, reactivation_cents: 0, contraction_cents: 0, churn_cents: 0 };
    expect(by_month).toMatchObject([
      { ...nothing, opening_mrr_cents: 1000, expansion_cents: 0, closing_mrr_cents: 1000 },
      { ...nothing, opening_mrr_cents: 1000, expansion_cents: 50, closing_mrr_cents: 1050 },
    ]);
    await app.server.close();
  });
});
