import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { type FlakyProvider, flakyProvider } from '../routes/flaky-provider.ts';
import { freshId, makeStudio } from '../routes/token-fixtures.ts';

const feature_type = 'transcript_analysis';

/** Cases that users of other systems reported, each in the words in which they were gathered. */
describeOnEachDatabase('charging', (getDb) => {
  let app: TestApp;
  let provider: FlakyProvider;
  beforeAll(async () => {
    provider = flakyProvider();
    app = await testApp(getDb(), { payments: provider });
  });
  afterAll(() => app.server.close());

  it('"a retry with no timestamp is not a second event"', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    const body = { tokens_used: 100, feature_type, request_id: freshId('call') };
    await studio.call('POST /ai-tokens/usage', body);
    app.clock.advance(3_600_000);
    const retry = await studio.call('POST /ai-tokens/usage', body);
    expect(retry.statusCode).toBe(200);
    const { data } = (await studio.call('GET /ai-tokens/usage')).json();
    expect(data).toHaveLength(1);
    expect((await studio.balance()).tokens_used).toBe(100);
  });

  it('"a retry with no timestamp is not a second event": also across a day and the purge of old keys', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    const body = { tokens_used: 100, feature_type, request_id: freshId('call') };
    await studio.call('POST /ai-tokens/usage', body, { 'idempotency-key': 'k' });
    app.clock.advance(40 * 86_400_000);
    await app.composition.runner.runDue();
    expect((await studio.call('POST /ai-tokens/usage', body, { 'idempotency-key': 'k' })).statusCode).toBe(
      200,
    );
    expect((await studio.balance()).tokens_used).toBe(100);
  });

  it('"two top-ups within a millisecond with one key credit once"', async () => {
    const studio = await makeStudio(app);
    const before = app.clock.now();
    const top_up = () =>
      studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 1000 }, { 'idempotency-key': 'top-up' });
    const answers = await Promise.all([top_up(), top_up(), top_up()]);
    expect(app.clock.now()).toEqual(before);
    expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.json().transaction_id)).size).toBe(1);
    expect((await studio.balance()).tokens_purchased).toBe(1000);
    expect(provider.moved.get(answers[0]?.json().transaction_id)).toBe(10n);
  });

  it('"two top-ups within a millisecond": two payments of one tenant in one millisecond credit both', async () => {
    const studio = await makeStudio(app);
    const paid = (transaction_id: string) =>
      studio.operate('POST /ai-tokens/purchase', { tokens_to_purchase: 1000, transaction_id });
    const answers = await Promise.all([paid('one'), paid('two')]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201]);
    expect(answers.map((answer) => answer.json().balance).sort()).toEqual([1000, 2000]);
  });

  it('"a batch that partly fails … a retry of the whole batch does not double the rest": one call at a time', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    const batch = [300, 5000, 200, 0, 100].map((tokens_used, index) => ({
      tokens_used,
      feature_type,
      request_id: `batch ${index}`,
    }));
    const send = () => Promise.all(batch.map((body) => studio.call('POST /ai-tokens/usage', body)));
    expect((await send()).map((answer) => answer.statusCode)).toEqual([201, 402, 201, 422, 201]);
    expect((await send()).map((answer) => answer.statusCode)).toEqual([200, 402, 200, 422, 200]);
    expect((await studio.balance()).tokens_used).toBe(600);
  });

  it('"upgrade, spend the credits, downgrade, refund leaves nobody ahead": buy, spend, refund', async () => {
    const studio = await makeStudio(app);
    const { transaction_id } = await studio.buy(100_000);
    const refund = async (amount_cents?: number) =>
      studio.call('POST /refunds', {
        transaction_id,
        reason: 'downgrade',
        ...(amount_cents && { amount_cents }),
      });
    await studio.use(40_000);
    const hold_id = await studio.hold(60_000);
    // What is in use cannot be had back, whatever order it is tried in.
    expect((await refund()).json()).toMatchObject({ code: 'refund_too_large', refundable_cents: 0 });
    await studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 20_000 });
    expect((await refund(401)).json()).toMatchObject({ code: 'refund_too_large', refundable_cents: 400 });
    expect((await refund()).json()).toMatchObject({ amount_cents: 400, tokens_refunded: 40_000, balance: 0 });
    const late = await studio.call('POST /ai-tokens/usage', { tokens_used: 1, feature_type });
    expect(late.statusCode).toBe(402);
    const { accounts } = (await studio.call('GET /ledger/accounts')).json();
    const balances = Object.fromEntries(
      accounts.map((row: { account: string; balance: number }) => [row.account, row.balance]),
    );
    expect(balances).toMatchObject({
      cash: 600,
      recognised_revenue: 600,
      deferred_revenue: 0,
      breakage_revenue: 0,
    });
  });

  it('"refund leaves nobody ahead": in many small refunds and uses the cents add up too', async () => {
    const studio = await makeStudio(app);
    const { transaction_id, amount_cents } = await studio.buy(1350);
    let paid_back = 0;
    for (let round = 0; round < 40; round++) {
      await studio.call('POST /ai-tokens/usage', { tokens_used: 17, feature_type });
      const answer = await studio.call('POST /refunds', { transaction_id, amount_cents: 1, reason: 'x' });
      paid_back += answer.statusCode === 201 ? 1 : 0;
    }
    const balance = await studio.balance();
    const { accounts } = (await studio.call('GET /ledger/accounts')).json();
    const of = (account: string) =>
      accounts.find((row: { account: string }) => row.account === account).balance as number;
    expect(paid_back).toBeGreaterThan(2);
    expect(of('cash')).toBe(amount_cents - paid_back);
    expect(of('cash')).toBe(of('recognised_revenue') + of('breakage_revenue') + of('deferred_revenue'));
    // In proportion to all that was paid back, rounded up, as far as there were tokens left to take.
    const proportional = Math.ceil((paid_back * 1350) / amount_cents);
    expect(balance.tokens_refunded).toBe(Math.min(proportional, 1350 - Number(balance.tokens_used)));
    expect((await runAudit(getDb())).checks.filter((check) => check.difference)).toEqual([]);
  });

  it('"editing a tier does not change balances of those on it"', async () => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    const before = await studio.balance();
    const changed = await app.call(`PATCH /tenants/${studio.tenant_id}`, {
      body: { tier_name: 'enterprise' },
    });
    expect(changed.statusCode).toBe(200);
    expect(await studio.balance()).toEqual(before);
  });

  describe('time', () => {
    it('"clocks that step back": a book’s entries never do', async () => {
      const studio = await makeStudio(app);
      await studio.buy(1000);
      const bought_at = app.clock.now().toISOString();
      app.clock.advance(-3_600_000);
      await studio.use(10);
      app.clock.advance(3_600_000);
      const [use] = (await studio.call('GET /ai-tokens/usage')).json().data;
      expect(use.occurred_at).toBe(bought_at);
      expect(await runAudit(getDb())).toMatchObject({ ok: true });
    });
  });

  describe('AI usage', () => {
    it('"an aborted stream is billed for what it used, never refunded to zero"', async () => {
      const studio = await makeStudio(app);
      await studio.buy(1000);
      const hold_id = await studio.hold(500);
      const settled = await studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 37 });
      expect(settled.json()).toMatchObject({ tokens_used: 37, balance_after: 963 });
      const released = await studio.call(`POST /ai-tokens/holds/${hold_id}/release`);
      expect(released.json().code).toBe('hold_settled');
      expect((await studio.balance()).tokens_used).toBe(37);
    });

    it('"an unknown model is refused …, never free": an unknown feature', async () => {
      const studio = await makeStudio(app);
      await studio.buy(1000);
      const body = { tokens_used: 5, feature_type: 'brand_new_model' };
      expect((await studio.call('POST /ai-tokens/usage', body)).json().code).toBe('feature_unknown');
      expect((await studio.balance()).tokens_used).toBe(0);
    });

    it('"the receipt names the version" of the price', async () => {
      const studio = await makeStudio(app);
      await studio.buy(1000);
      const { usage_id } = await studio.use(10);
      const receipt = (await studio.call(`GET /ai-tokens/receipts/${usage_id}`)).json();
      expect(receipt.grants[0].price_version).toBe('default:10_cents_per_1k');
    });
  });
});
