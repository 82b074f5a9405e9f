import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { type FlakyProvider, flakyProvider } from '../routes/flaky-provider.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';

const START = '2026-04-01T00:00:00.000Z';
/** The first lets what is left of a month be used in the two after it; the second has ten times the price and the tokens. */
const ROLLING = {
  tier_name: 'rolling',
  title: 'Rolling',
  prices: { USD: { month: 1000, year: 10_000 } },
  included_ai_tokens: 1000,
  token_rollover_periods: 2,
};
const LARGE = {
  tier_name: 'large',
  title: 'Large',
  prices: { USD: { month: 10_000, year: 100_000 } },
  included_ai_tokens: 100_000,
};

interface Bill {
  status: string;
  total_cents: number;
}

/** Cases of charging that are about subscriptions, each in the words in which they were gathered. */
describeOnEachDatabase('charging for subscriptions', (getDb) => {
  let app: TestApp;
  let provider: FlakyProvider;
  const tier_ids = new Map<string, string>();
  beforeAll(async () => {
    provider = flakyProvider();
    app = await testApp(getDb(), { payments: provider, clock: fixedClock(new Date(START)) });
    for (const body of [ROLLING, LARGE]) {
      const made = await app.call('POST /subscription-tiers', { body });
      expect(made.statusCode, made.body).toBe(201);
      tier_ids.set(body.tier_name, made.json().tier_id);
    }
  });
  afterAll(async () => {
    const { checks } = await runAudit(getDb());
    expect(checks.filter(({ difference }) => difference)).toEqual([]);
    await app.server.close();
  });

  async function subscribed(tier_name: string): Promise<Studio> {
    app.clock.set(new Date(START));
    const studio = await makeStudio(app);
    const answer = await studio.call('POST /subscriptions', { tier_name });
    expect(answer.statusCode, answer.body).toBe(201);
    return studio;
  }
  async function change(studio: Studio, tier_name: string): Promise<void> {
    const answer = await studio.call('POST /subscriptions/current/change', { tier_name, when: 'now' });
    expect(answer.statusCode, answer.body).toBe(200);
  }
  const billsOf = async (studio: Studio): Promise<Bill[]> =>
    (await studio.operate('GET /invoices')).json().data;
  const goTo = async (at: string) => {
    app.clock.set(new Date(at));
    await app.composition.runner.runDue();
  };

  it('"a double-clicked upgrade makes one invoice"', async () => {
    const studio = await subscribed('rolling');
    await goTo('2026-04-16T00:00:00.000Z');
    const body = { tier_name: 'large', when: 'now' };
    provider.calls.length = 0;
    const clicks = await Promise.all(
      [1, 2, 3].map(() => studio.call('POST /subscriptions/current/change', body)),
    );
    expect(clicks.map(({ statusCode }) => statusCode)).toContain(200);
    // Who comes when it is done already is told so.
    const refused = clicks.filter(({ statusCode }) => statusCode !== 200).map(refusal);
    expect(refused.filter(([, code]) => code !== 'subscription_unchanged')).toEqual([]);
    expect(await billsOf(studio)).toMatchObject([
      { status: 'paid', total_cents: 4500 },
      { status: 'paid', total_cents: 1000 },
    ]);
    expect(new Set(provider.calls).size).toBe(1);
    expect(await studio.balance()).toMatchObject({ tokens_granted: 1000 + 49_500 });
  });

  it('"upgrade, spend the credits, downgrade, refund leaves nobody ahead"', async () => {
    const studio = await subscribed('rolling');
    await goTo('2026-04-16T00:00:00.000Z');
    await change(studio, 'large');
    await studio.use(1000 + 49_500);
    app.clock.advance(1);
    await change(studio, 'rolling');
    // Half a month of the large tier is used up, so nothing of it comes back, and half a month of the small one is due.
    expect((await billsOf(studio)).map(({ total_cents }) => total_cents)).toEqual([500, 4500, 1000]);
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 500 });
    const { data } = (await studio.call('GET /transactions?type=invoice_payment')).json();
    for (const { transaction_id } of data) {
      const asked = await studio.call('POST /refunds', { transaction_id, reason: 'downgrade' });
      expect(refusal(asked)).toEqual([403, 'operator_only']);
    }
    const { accounts } = (await studio.operate('GET /ledger/accounts')).json();
    const credit = accounts.find(({ account }: { account: string }) => account === 'customer_credit');
    expect(credit?.balance ?? 0).toBe(0);
  });

  it('"upgrade, spend the credits, downgrade": what was not spent comes back, and the tokens go with it', async () => {
    const studio = await subscribed('rolling');
    await goTo('2026-04-16T00:00:00.000Z');
    await change(studio, 'large');
    // Of the 100,000 that a month of it includes a quarter is left.
    await studio.use(1000 + 24_500);
    app.clock.advance(1);
    await change(studio, 'rolling');
    const [down] = await billsOf(studio);
    expect(down?.total_cents).toBe(500 - 2500);
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 500 });
  });

  it('"upgrade, spend the credits, downgrade": also where the small tier is paid for, the tokens that came back are gone', async () => {
    const studio = await subscribed('large');
    await studio.use(95_000);
    app.clock.advance(1);
    await change(studio, 'rolling');
    expect((await billsOf(studio)).map(({ status, total_cents }) => [status, total_cents])).toEqual([
      ['paid', 1000 - 500],
      ['paid', 10_000],
    ]);
    expect(await studio.balance()).toMatchObject({ tokens_expired: 5000, tokens_remaining: 1000 });
  });

  it('"editing a tier does not change balances of those on it", nor what they pay and are given next', async () => {
    const studio = await subscribed('rolling');
    await studio.use(300);
    const before = await studio.balance();
    const body = {
      prices: { USD: { month: 77, year: 777 } },
      included_ai_tokens: 5,
      token_rollover_periods: 0,
      included_api_calls: 1,
    };
    const edited = await app.call(`PATCH /subscription-tiers/${tier_ids.get('rolling')}`, { body });
    expect([edited.statusCode, edited.json().version]).toEqual([200, 2]);
    expect(await studio.balance()).toEqual(before);
    await goTo('2026-05-01T02:00:00.000Z');
    expect(await studio.balance()).toMatchObject({ tokens_granted: 2000, tokens_expired: 0 });
    expect((await billsOf(studio)).map(({ total_cents }) => total_cents)).toEqual([1000, 1000]);
    const newcomer = await subscribed('rolling');
    expect((await billsOf(newcomer)).map(({ total_cents }) => total_cents)).toEqual([77]);
    const { statusCode } = await app.call(`PATCH /subscription-tiers/${edited.json().tier_id}`, {
      body: {
        prices: ROLLING.prices,
        included_ai_tokens: ROLLING.included_ai_tokens,
        token_rollover_periods: ROLLING.token_rollover_periods,
      },
    });
    expect(statusCode).toBe(200);
  });

  it('"unused rollover survives a plan change as its rule says": it keeps the time it was given', async () => {
    const studio = await subscribed('rolling');
    await studio.use(400);
    await goTo('2026-05-11T00:00:00.000Z');
    const left = async () =>
      (await studio.balance()).grants
        .map(({ tokens, tokens_remaining, expires_at }) => [tokens, tokens_remaining, expires_at])
        .filter(([, remaining]) => remaining !== 0);
    const april = [1000, 600, '2026-07-01T00:00:00.000Z'];
    const may = [1000, 1000, '2026-08-01T00:00:00.000Z'];
    expect(await left()).toEqual([april, may]);
    // The large tier lets nothing roll over: that is a rule for what it gives, and not for what is there.
    await change(studio, 'large');
    const rest = Math.floor((99_000 * 21) / 31);
    expect(await left()).toEqual([[rest, rest, '2026-06-01T00:00:00.000Z'], april, may]);
    await goTo('2026-06-30T23:00:00.000Z');
    expect(await studio.balance()).toMatchObject({
      tokens_remaining: 600 + 1000 + 100_000,
      tokens_expired: rest,
    });
    await goTo('2026-07-01T00:00:00.000Z');
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 1000 + 100_000 });
    await goTo('2026-08-01T00:00:00.000Z');
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 100_000 });
  });
});
