import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

describeOnEachDatabase('an invoice whose payment is disputed', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  /** A studio that has paid for a month of starter with a card. */
  const subscribe = async (card: string, terms: object = {}) => {
    const studio = await makeStudio(app);
    await studio.call('POST /payment-methods', { token: card });
    const started = await studio.call('POST /subscriptions', { tier_name: 'starter', ...terms });
    expect(started.statusCode, started.body).toBe(201);
    return studio;
  };
  const after = async (milliseconds: number) => {
    app.clock.advance(milliseconds);
    await app.composition.runner.runDue();
  };
  const invoicesOf = async (studio: Studio) => (await studio.call('GET /invoices')).json().data;
  const current = async (studio: Studio) => (await studio.call('GET /subscriptions/current')).json();
  const tierOf = async ({ tenant_id }: Studio) =>
    (await app.call(`GET /tenants/${tenant_id}`)).json().tier_name;
  const pay = async (studio: Studio, invoice_id: string, body: object) => {
    const answer = await studio.operate(`POST /invoices/${invoice_id}/pay`, body);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const ledger = async (studio: Studio) => {
    const { accounts, identity } = (await studio.call('GET /ledger/accounts')).json();
    const rows = accounts as { account: string; balance: number }[];
    const held = Object.fromEntries(rows.map(({ account, balance }) => [account, balance] as const));
    return { ...held, holds: (identity as { holds: boolean }[]).every((side) => side.holds) };
  };
  const expectSound = async () =>
    expect((await runAudit(app.db)).checks.filter((check) => check.difference)).toEqual([]);

  it('stays paid while the dispute is open, and nothing of it is refunded', async () => {
    const studio = await subscribe('sandbox_card_dispute');
    expect(await invoicesOf(studio)).toMatchObject([{ status: 'paid', dispute_status: null }]);
    await after(HOUR_MS);
    expect(await invoicesOf(studio)).toMatchObject([
      { status: 'paid', dispute_status: 'needs_response', amount_paid_cents: 2900 },
    ]);
    expect(await current(studio)).toMatchObject({ status: 'active' });
    expect(await ledger(studio)).toMatchObject({ cash: 2900, written_off: 0, holds: true });
    const [{ transaction_id }] = (await studio.call('GET /transactions?type=invoice_payment')).json().data;
    const refund = await studio.operate('POST /refunds', { transaction_id, reason: 'asked for' });
    expect(refusal(refund)).toEqual([409, 'transaction_pending']);
    await expectSound();
  });

  it('is owed again and given up when it is lost, and the tier and tokens that it paid for are gone', async () => {
    const studio = await subscribe('sandbox_card_dispute');
    await studio.use(3000);
    await after(HOUR_MS);
    await after(WEEK_MS);
    expect(await invoicesOf(studio)).toMatchObject([
      {
        status: 'uncollectible',
        dispute_status: 'lost',
        amount_due_cents: 2900,
        amount_paid_cents: 0,
        paid_at: null,
        ended_at: expect.any(String),
        last_payment_error: 'the payment was disputed, and lost',
        next_payment_at: null,
      },
    ]);
    expect(await ledger(studio)).toMatchObject({ cash: 0, receivable: 0, written_off: 2900, holds: true });
    expect(await current(studio)).toMatchObject({ status: 'suspended', tier_name: 'starter' });
    expect(await tierOf(studio)).toBe('free');
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 0, tokens_used: 3000 });
    const [{ transaction_id }] = (await studio.call('GET /transactions?type=invoice_payment')).json().data;
    const refund = await studio.operate('POST /refunds', { transaction_id, reason: 'asked for' });
    expect(refund.json()).toMatchObject({ code: 'refund_too_large', refundable_cents: 0 });
    await expectSound();
  });

  it('is not charged by itself again, and ends the subscription at the end of the period', async () => {
    const studio = await subscribe('sandbox_card_dispute');
    await after(HOUR_MS);
    await after(WEEK_MS);
    await studio.call('POST /payment-methods', { token: 'sandbox_card', make_default: true });
    await after(30 * DAY_MS);
    expect((await studio.call('GET /transactions?type=invoice_payment')).json().data).toHaveLength(1);
    expect((await studio.call('GET /subscriptions/current')).statusCode).toBe(404);
    const again = await studio.call('POST /subscriptions', { tier_name: 'starter' });
    expect([again.statusCode, again.json().status]).toEqual([201, 'active']);
    await expectSound();
  });

  it.each([
    ['with another card', { payment_method: 'sandbox_card' }],
    ['elsewhere', { transaction_id: 'bank-4711' }],
  ])(
    'is paid again %s, and the tier and the tokens of the rest of the month are back',
    async (_how, body) => {
      const studio = await subscribe('sandbox_card_dispute');
      await after(HOUR_MS);
      await after(WEEK_MS);
      const [{ invoice_id }] = await invoicesOf(studio);
      expect(await pay(studio, invoice_id, body)).toMatchObject({
        status: 'paid',
        dispute_status: 'lost',
        amount_paid_cents: 2900,
        ended_at: null,
        last_payment_error: null,
      });
      expect(await ledger(studio)).toMatchObject({ cash: 2900, written_off: 0, holds: true });
      expect(await current(studio)).toMatchObject({ status: 'active' });
      expect(await tierOf(studio)).toBe('starter');
      const { tokens_remaining = 0 } = await studio.balance();
      expect(tokens_remaining).toBeGreaterThan(7000);
      expect(tokens_remaining).toBeLessThan(8000);
      const payments = (await studio.call('GET /transactions?type=invoice_payment')).json().data;
      const refund = { transaction_id: payments[0].transaction_id, reason: 'asked for' };
      const refunded = await studio.operate('POST /refunds', refund);
      expect(refunded.statusCode, refunded.body).toBe(201);
      await expectSound();
    },
  );

  it('stays paid when the dispute is won', async () => {
    const studio = await subscribe('sandbox_card_dispute_won');
    await after(HOUR_MS);
    await after(WEEK_MS);
    expect(await invoicesOf(studio)).toMatchObject([
      { status: 'paid', dispute_status: 'won', amount_paid_cents: 2900 },
    ]);
    expect(await current(studio)).toMatchObject({ status: 'active' });
    expect(await tierOf(studio)).toBe('starter');
    expect(await studio.balance()).toMatchObject({ tokens_remaining: 10_000 });
    expect(await ledger(studio)).toMatchObject({ cash: 2900, written_off: 0, holds: true });
    await expectSound();
  });

  it('of a period that is over leaves what runs in use, and past due until both are paid', async () => {
    const studio = await subscribe('sandbox_card');
    // The dispute of the second month is decided in the third.
    await studio.call('POST /payment-methods', { token: 'sandbox_card_dispute', make_default: true });
    await after(31 * DAY_MS + 2 * HOUR_MS);
    await studio.call('POST /payment-methods', { token: 'sandbox_card', make_default: true });
    await after(27 * DAY_MS);
    await after(2 * DAY_MS);
    await after(WEEK_MS);
    const invoices = await invoicesOf(studio);
    expect(invoices).toMatchObject([
      { status: 'paid', dispute_status: null },
      { status: 'uncollectible', dispute_status: 'lost' },
      { status: 'paid', dispute_status: null },
    ]);
    expect(await current(studio)).toMatchObject({ status: 'past_due' });
    expect(await tierOf(studio)).toBe('starter');
    await pay(studio, invoices[1].invoice_id, {});
    expect(await current(studio)).toMatchObject({ status: 'active' });
    await expectSound();
  });

  it('comes back to a pause that it was in', async () => {
    const studio = await subscribe('sandbox_card_dispute');
    await studio.call('POST /subscriptions/current/pause');
    await after(HOUR_MS);
    await after(WEEK_MS);
    expect(await current(studio)).toMatchObject({ status: 'suspended' });
    const [{ invoice_id }] = await invoicesOf(studio);
    await pay(studio, invoice_id, { payment_method: 'sandbox_card' });
    expect(await current(studio)).toMatchObject({ status: 'paused' });
    await expectSound();
  });
});
