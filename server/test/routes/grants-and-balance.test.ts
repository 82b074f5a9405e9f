import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, remainingOf } from './token-fixtures.ts';

const MOST = Number.MAX_SAFE_INTEGER;
const hour_ms = 3_600_000;

describeOnEachDatabase('grants and the balance', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());
  const inHours = (hours: number) => new Date(app.clock.now().getTime() + hours * hour_ms).toISOString();

  describe('POST /ai-tokens/grants', () => {
    const path = 'POST /ai-tokens/grants';

    it('201: given, not sold: no price, no revenue', async () => {
      const studio = await makeStudio(app);
      const body = { tokens: 500, reason: 'welcome', priority: 7, expires_at: inHours(1) };
      const answer = await studio.operate(path, body);
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toMatchObject({
        source: 'given',
        tokens: 500,
        tokens_remaining: 500,
        price_cents: 0,
        priority: 7,
        reason: 'welcome',
        expires_at: body.expires_at,
        balance: 500,
      });
      expect(await studio.balance()).toMatchObject({
        tokens_granted: 500,
        tokens_purchased: 0,
        tokens_remaining: 500,
      });
      await studio.use(500);
      const { accounts } = (await studio.call('GET /ledger/accounts')).json();
      const money = accounts.filter((row: { asset: string }) => row.asset === 'USD');
      expect(money.length).toBeGreaterThan(3);
      expect(money.every((row: { debits: number; credits: number }) => row.debits + row.credits === 0)).toBe(
        true,
      );
    });

    it('403 operator_only: from a tenant key', async () => {
      const studio = await makeStudio(app);
      const answer = await studio.call(path, { tokens: 1, reason: 'for me' });
      expect(refusal(answer)).toEqual([403, 'operator_only']);
      expect((await studio.balance()).tokens_granted).toBe(0);
    });

    it.each([
      ['no tokens', { tokens: 0 }],
      ['fewer than none', { tokens: -1 }],
      ['a half', { tokens: 1.5 }],
      ['over 2^53-1', { tokens: 2 ** 53 }],
      ['a priority below 0', { priority: -1 }],
      ['a priority over 1000', { priority: 1001 }],
      ['no reason', { reason: '' }],
      ['an expiry that is over', { expires_at: '2025-12-31T23:59:59Z' }],
    ])('422 request_invalid: %s', async (_what, bad) => {
      const studio = await makeStudio(app);
      const answer = await studio.operate(path, { tokens: 1, reason: 'x', ...bad });
      expect(refusal(answer)).toEqual([422, 'request_invalid']);
      expect((await studio.balance()).tokens_granted).toBe(0);
    });

    it('422 request_invalid: an expiry at this very moment', async () => {
      const studio = await makeStudio(app);
      const answer = await studio.operate(path, { tokens: 1, reason: 'x', expires_at: inHours(0) });
      expect(refusal(answer)).toEqual([422, 'request_invalid']);
    });

    it('422 amount_out_of_range: sold and given together are at most 2^53-1, so every total can be told', async () => {
      const studio = await makeStudio(app);
      await studio.buy(MOST - 10);
      const refused = await studio.operate(path, { tokens: 11, reason: 'x' });
      expect(refusal(refused)).toEqual([422, 'amount_out_of_range']);
      expect((await studio.operate(path, { tokens: 10, reason: 'x' })).json().balance).toBe(MOST);
      expect((await studio.balance()).tokens_remaining).toBe(MOST);
    });
  });

  describe('GET /ai-tokens/balance', () => {
    it('is all zeros for a tenant that never had a token', async () => {
      const studio = await makeStudio(app);
      expect(await studio.balance()).toEqual({
        tokens_purchased: 0,
        tokens_granted: 0,
        tokens_refunded: 0,
        tokens_used: 0,
        tokens_held: 0,
        tokens_expired: 0,
        tokens_remaining: 0,
        tokens_shortfall: 0,
        last_purchase_at: null,
        last_usage_at: null,
        grants: [],
      });
    });

    it('adds up after everything that can happen, and says when', async () => {
      const studio = await makeStudio(app);
      const { transaction_id } = await studio.buy(10_000);
      const bought_at = app.clock.now().toISOString();
      await studio.operate('POST /ai-tokens/grants', { tokens: 300, reason: 'x', expires_at: inHours(1) });
      app.clock.advance(1000);
      await studio.use(200);
      const used_at = app.clock.now().toISOString();
      app.clock.advance(2 * hour_ms);
      await studio.hold(400);
      await studio.call('POST /refunds', { transaction_id, amount_cents: 5, reason: 'x' });
      const balance = await studio.balance();
      expect(balance).toMatchObject({
        tokens_purchased: 10_000,
        tokens_granted: 300,
        tokens_refunded: 500,
        tokens_used: 200,
        tokens_held: 400,
        tokens_expired: 100,
        tokens_remaining: 9100,
        last_purchase_at: bought_at,
        last_usage_at: used_at,
      });
      expect(balance.tokens_remaining).toBe(remainingOf(balance));
    });

    it('counts what has expired as expired although nobody has booked it yet', async () => {
      const studio = await makeStudio(app);
      await studio.operate('POST /ai-tokens/grants', { tokens: 300, reason: 'x', expires_at: inHours(1) });
      app.clock.advance(hour_ms - 1);
      expect((await studio.balance()).tokens_remaining).toBe(300);
      app.clock.advance(1);
      expect(await studio.balance()).toMatchObject({ tokens_expired: 300, tokens_remaining: 0, grants: [] });
      expect((await studio.call('GET /transactions?type=token_expiry')).json().data).toEqual([]);
      await app.composition.runner.runDue();
      expect(await studio.balance()).toMatchObject({ tokens_expired: 300, tokens_remaining: 0, grants: [] });
      const { data } = (await studio.call('GET /transactions?type=token_expiry')).json();
      expect(data).toMatchObject([{ tokens: 300, amount_cents: 0, balance_after: 0 }]);
    });

    it('lists the grants in the order in which they burn, and they burn so', async () => {
      const studio = await makeStudio(app);
      const give = (reason: string, more: object) =>
        studio.operate('POST /ai-tokens/grants', { tokens: 10, reason, ...more });
      await give('fifth', { priority: 200, expires_at: inHours(1) });
      await give('third', {});
      await give('second', { expires_at: inHours(50) });
      await give('first', { priority: 1 });
      await give('fourth', {});
      const order = async () => (await studio.balance()).grants.map((grant) => grant.reason);
      expect(await order()).toEqual(['first', 'second', 'third', 'fourth', 'fifth']);
      await studio.use(15);
      const { grants } = await studio.balance();
      expect(grants.map((grant) => [grant.reason, grant.tokens_remaining])).toEqual([
        ['second', 5],
        ['third', 10],
        ['fourth', 10],
        ['fifth', 10],
      ]);
    });
  });
});
