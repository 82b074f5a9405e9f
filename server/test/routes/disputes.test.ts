import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

const HOUR_MS = 60 * 60 * 1000;
const WEEK_MS = 7 * 24 * HOUR_MS;

describeOnEachDatabase('GET /disputes', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  const buy = async (studio: Studio, payment_method = 'sandbox_card_dispute') => {
    const body = { tokens_to_purchase: 1000, payment_method };
    const answer = await studio.call('POST /ai-tokens/purchase', body);
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json().transaction_id as string;
  };
  const after = async (milliseconds: number) => {
    app.clock.advance(milliseconds);
    await app.composition.runner.runDue();
  };
  const disputes = async (studio: Studio, query = '') =>
    (await studio.call(`GET /disputes${query}`)).json().data;
  /** The balances of the accounts that hold anything, and whether the identity holds. */
  const ledger = async (studio: Studio) => {
    const { accounts, identity } = (await studio.call('GET /ledger/accounts')).json();
    const rows = accounts as { account: string; balance: number }[];
    const held = Object.fromEntries(rows.map(({ account, balance }) => [account, balance] as const));
    const holds = (identity as { holds: boolean }[]).every((side) => side.holds);
    return { ...held, holds };
  };
  const expectSound = async () =>
    expect((await runAudit(app.db)).checks.filter((check) => check.difference)).toEqual([]);

  it('a lost one takes back the tokens that are left, and the rest is written off', async () => {
    const studio = await makeStudio(app);
    const transaction_id = await buy(studio);
    await studio.use(400);
    await after(HOUR_MS - 1000);
    expect(await disputes(studio)).toEqual([]);
    await after(1000);
    expect(await disputes(studio)).toEqual([
      {
        dispute_id: expect.any(String),
        transaction_id,
        reversal_transaction_id: expect.any(String),
        provider: 'sandbox',
        external_id: `sandbox_dispute_${transaction_id}`,
        amount_cents: 10,
        secured_cents: 6,
        currency: 'USD',
        status: 'needs_response',
        reason: 'fraudulent',
        opened_at: expect.any(String),
        closed_at: null,
      },
    ]);
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 0, tokens_held: 600 });
    expect(await ledger(studio)).toMatchObject({ cash: 10, written_off: 0, holds: true });
    await expectSound();
    await after(WEEK_MS);
    expect(await disputes(studio, '?status=lost')).toMatchObject([{ transaction_id }]);
    expect(await disputes(studio, '?status=won')).toEqual([]);
    expect(await studio.balance()).toMatchObject({
      tokens_remaining: 0,
      tokens_held: 0,
      tokens_refunded: 600,
    });
    expect(await ledger(studio)).toMatchObject({
      cash: 0,
      written_off: 4,
      recognised_revenue: 4,
      deferred_revenue: 0,
      holds: true,
    });
    await expectSound();
  });

  it('a won one leaves everything as it was', async () => {
    const studio = await makeStudio(app);
    await buy(studio, 'sandbox_card_dispute_won');
    await after(HOUR_MS);
    expect((await studio.balance()).tokens_held).toBe(1000);
    await after(WEEK_MS);
    expect(await disputes(studio)).toMatchObject([{ status: 'won', closed_at: expect.any(String) }]);
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 1000, tokens_held: 0 });
    expect(await ledger(studio)).toMatchObject({ cash: 10, written_off: 0, holds: true });
    await expectSound();
  });

  it('a payment whose tokens are all used is written off whole', async () => {
    const studio = await makeStudio(app);
    await buy(studio);
    await studio.use(1000);
    await after(HOUR_MS);
    expect(await disputes(studio)).toMatchObject([{ secured_cents: 0 }]);
    await after(WEEK_MS);
    expect(await ledger(studio)).toMatchObject({
      cash: 0,
      written_off: 10,
      recognised_revenue: 10,
      holds: true,
    });
    await expectSound();
  });

  it('leaves tokens alone that a hold has pinned, and other purchases', async () => {
    const studio = await makeStudio(app);
    const hold_id = (await buy(studio)) && (await studio.hold(300));
    await buy(studio, 'sandbox_card');
    await after(HOUR_MS);
    expect(await disputes(studio)).toMatchObject([{ secured_cents: 7 }]);
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 1000, tokens_held: 1000 });
    const settled = await studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 300 });
    expect(settled.statusCode, settled.body).toBe(200);
    await after(WEEK_MS);
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 1000, tokens_refunded: 700 });
    expect(await ledger(studio)).toMatchObject({ cash: 10, written_off: 3, holds: true });
    await expectSound();
  });

  it('409 transaction_pending: a payment under dispute is not refunded too', async () => {
    const studio = await makeStudio(app);
    const transaction_id = await buy(studio);
    await after(HOUR_MS);
    const answer = await studio.call('POST /refunds', { transaction_id, reason: 'asked for' });
    expect(refusal(answer)).toEqual([409, 'transaction_pending']);
    await after(WEEK_MS);
    const late = await studio.call('POST /refunds', { transaction_id, reason: 'asked for' });
    expect(late.json()).toMatchObject({ code: 'refund_too_large', refundable_cents: 0 });
  });

  it('what was refunded before is not taken back again', async () => {
    const studio = await makeStudio(app);
    const transaction_id = await buy(studio);
    await studio.call('POST /refunds', { transaction_id, amount_cents: 4, reason: 'asked for' });
    await after(HOUR_MS);
    expect(await disputes(studio)).toMatchObject([{ amount_cents: 6, secured_cents: 6 }]);
    await after(WEEK_MS);
    const { cash, written_off, holds } = (await ledger(studio)) as Record<string, unknown>;
    expect({ cash, written_off, holds }).toEqual({ cash: 0, written_off: 0, holds: true });
    const whole = await makeStudio(app);
    const paid_back = await buy(whole);
    await whole.call('POST /refunds', { transaction_id: paid_back, reason: 'asked for' });
    await after(HOUR_MS);
    expect(await disputes(whole)).toEqual([]);
    await expectSound();
  });
});
