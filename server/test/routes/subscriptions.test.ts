import { beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvents, sendCalls, summaryOf } from './call-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const START = new Date('2026-01-31T10:00:00.000Z');

describeOnEachDatabase('subscriptions', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(START) });
  });

  async function subscribed(terms: object): Promise<Studio> {
    const studio = await makeStudio(app);
    const answer = await studio.operate('POST /subscriptions', terms);
    expect(answer.statusCode, answer.body).toBe(201);
    return studio;
  }
  const invoicesOf = async (studio: Studio) => (await studio.operate('GET /invoices')).json().data;
  const current = async (studio: Studio) => (await studio.operate('GET /subscriptions/current')).json();
  async function goTo(at: string): Promise<void> {
    app.clock.set(new Date(at));
    await app.composition.runner.runDue();
  }
  const refusal = (answer: { statusCode: number; json(): { code: string } }) => [
    answer.statusCode,
    answer.json().code,
  ];

  describe('POST /subscriptions', () => {
    it('is paid at once, brings the tier, its tokens and its allowance, and makes one invoice', async () => {
      app.clock.set(START);
      const studio = await makeStudio(app);
      const answer = await studio.call('POST /subscriptions', { tier_name: 'starter' });
      expect(answer.statusCode, answer.body).toBe(201);
      expect(answer.json()).toMatchObject({
        tier_name: 'starter',
        status: 'active',
        price_cents: 2900,
        interval: 'month',
        current_period_start: '2026-01-31T10:00:00.000Z',
        current_period_end: '2026-02-28T10:00:00.000Z',
      });
      expect(await invoicesOf(studio)).toMatchObject([
        {
          status: 'paid',
          total_cents: 2900,
          amount_paid_cents: 2900,
          number: expect.stringMatching(/^INV-\d{6}$/),
        },
      ]);
      expect(await studio.balance()).toMatchObject({ tokens_granted: 10_000, tokens_remaining: 10_000 });
      expect(await summaryOf(studio)).toMatchObject({ included_calls: 10_000 });
      const tenant = await app.call(`GET /tenants/${studio.tenant_id}`);
      expect(tenant.json()).toMatchObject({ tier_name: 'starter', tier_version: 1 });
    });

    it('answers a repeat under its key, and refuses a second one', async () => {
      const studio = await makeStudio(app);
      const key = { 'idempotency-key': 'subscribe' };
      const first = await studio.call('POST /subscriptions', { tier_name: 'starter' }, key);
      const again = await studio.call('POST /subscriptions', { tier_name: 'starter' }, key);
      expect([again.statusCode, again.json(), again.headers['idempotent-replayed']]).toEqual([
        201,
        first.json(),
        'true',
      ]);
      const other = await studio.call('POST /subscriptions', { tier_name: 'professional' });
      expect(refusal(other)).toEqual([409, 'subscription_exists']);
      expect(await invoicesOf(studio)).toHaveLength(1);
    });

    it('makes one invoice of a double click', async () => {
      const studio = await makeStudio(app);
      const clicks = await Promise.all(
        [1, 2, 3].map(() => studio.call('POST /subscriptions', { tier_name: 'professional' })),
      );
      expect(clicks.filter(({ statusCode }) => statusCode === 201).length).toBeGreaterThan(0);
      expect(
        (await invoicesOf(studio)).filter((one: { status: string }) => one.status === 'paid'),
      ).toHaveLength(1);
      expect(await studio.balance()).toMatchObject({ tokens_granted: 100_000 });
    });

    it('refuses a tier without a price, and takes one of its own from an operator', async () => {
      const studio = await makeStudio(app);
      const none = await studio.call('POST /subscriptions', { tier_name: 'enterprise' });
      expect(refusal(none)).toEqual([422, 'price_not_offered']);
      const asked = { tier_name: 'enterprise', custom_price_cents: 123_456 };
      expect(refusal(await studio.call('POST /subscriptions', asked))).toEqual([403, 'operator_only']);
      const made = await studio.operate('POST /subscriptions', asked);
      expect([made.statusCode, made.json().price_cents]).toEqual([201, 123_456]);
      expect(await summaryOf(studio)).toMatchObject({ included_calls: null });
    });

    it('says on each invoice whether the price is its own or of its tier, and of which version', async () => {
      app.clock.set(new Date('2026-02-10T00:00:00.000Z'));
      const studio = await subscribed({ tier_name: 'enterprise', custom_price_cents: 5000 });
      const to = { tier_name: 'professional', when: 'period_end' };
      await studio.operate('POST /subscriptions/current/change', to);
      await goTo('2026-03-10T01:00:00.000Z');
      const versions = async ({ invoice_id }: { invoice_id: string }) => {
        const { lines } = (await studio.operate(`GET /invoices/${invoice_id}`)).json();
        return lines.map(
          (line: { explanation: { price_version: string } }) => line.explanation.price_version,
        );
      };
      const invoices = await invoicesOf(studio);
      expect(await Promise.all(invoices.map(versions))).toEqual([['professional:1'], ['custom']]);
    });

    it('is what moves the tenant from then on: the operator cannot move it by hand until it has ended', async () => {
      const studio = await subscribed({ tier_name: 'starter' });
      const move = () => studio.operate(`PATCH /tenants/${studio.tenant_id}`, { tier_name: 'free' });
      expect(refusal(await move())).toEqual([409, 'subscription_exists']);
      const renamed = await studio.operate(`PATCH /tenants/${studio.tenant_id}`, { name: 'Renamed' });
      expect(renamed.json()).toMatchObject({ name: 'Renamed', tier_name: 'starter' });
      await studio.operate('POST /subscriptions/current/cancel', { when: 'now' });
      expect((await move()).statusCode).toBe(200);
    });

    it('leaves a tenant where it was when the first payment is declined', async () => {
      const studio = await makeStudio(app);
      const method = await studio.call('POST /payment-methods', { token: 'sandbox_card_declined' });
      if (method.statusCode === 404) return;
      const answer = await studio.call('POST /subscriptions', { tier_name: 'starter' });
      expect(refusal(answer)).toEqual([402, 'payment_declined']);
      expect(refusal(await studio.call('GET /subscriptions/current'))).toEqual([404, 'subscription_missing']);
      expect(await invoicesOf(studio)).toMatchObject([{ status: 'void' }]);
      expect(await studio.balance()).toMatchObject({ tokens_granted: 0 });
    });
  });

  it('shows an invoice as a page', async () => {
    const studio = await subscribed({ tier_name: 'starter' });
    const [{ invoice_id }] = await invoicesOf(studio);
    const page = await studio.call(`GET /invoices/${invoice_id}`, undefined, { accept: 'application/pdf' });
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'application/pdf']);
    expect(page.rawPayload.subarray(0, 5).toString()).toBe('%PDF-');
    const json = await studio.call(`GET /invoices/${invoice_id}`, undefined, { accept: 'text/html, */*' });
    expect(json.json()).toMatchObject({ invoice_id, details: { buyer: { name: 'Studio' } } });
  });

  describe('in time', () => {
    it('renews on day 31 anchors, with the usage of the month before on the same invoice', async () => {
      app.clock.set(START);
      const studio = await subscribed({ tier_name: 'starter' });
      await sendCalls(studio, callEvents(1000));
      for (let sent = 0; sent < 11; sent += 1) await sendCalls(studio, callEvents(1000));
      await goTo('2026-02-28T11:30:00.000Z');
      expect(await current(studio)).toMatchObject({
        current_period_start: '2026-02-28T10:00:00.000Z',
        current_period_end: '2026-03-31T10:00:00.000Z',
      });
      const [renewal] = await invoicesOf(studio);
      // 12,000 calls, 10,000 included: 2,000 at 5 cents a thousand.
      expect(renewal).toMatchObject({ status: 'paid', total_cents: 2910, amount_paid_cents: 2910 });
      expect(renewal.lines).toMatchObject([
        { kind: 'subscription', amount_cents: 2900 },
        { kind: 'api_calls', quantity: 2000, amount_cents: 10 },
      ]);
      expect(await studio.balance()).toMatchObject({ tokens_granted: 20_000, tokens_expired: 10_000 });
    });

    it('bills a trial when it is over, by an anchor of its own', async () => {
      app.clock.set(START);
      const studio = await subscribed({ tier_name: 'professional', trial_days: 14 });
      expect(await current(studio)).toMatchObject({
        status: 'trialing',
        current_period_end: '2026-02-14T10:00:00.000Z',
      });
      expect(await invoicesOf(studio)).toEqual([]);
      await goTo('2026-02-14T13:00:00.000Z');
      expect(await current(studio)).toMatchObject({
        status: 'active',
        current_period_end: '2026-03-14T10:00:00.000Z',
      });
      expect(await invoicesOf(studio)).toMatchObject([{ status: 'paid', total_cents: 9900 }]);
    });

    it('makes up for a year in which nobody ran it', async () => {
      app.clock.set(START);
      const studio = await subscribed({ tier_name: 'starter' });
      await goTo('2027-02-01T00:00:00.000Z');
      const invoices = await invoicesOf(studio);
      expect(invoices.map((one: { total_cents: number }) => one.total_cents)).toEqual(Array(13).fill(2900));
      expect(new Set(invoices.map((one: { period_start: string }) => one.period_start)).size).toBe(13);
    });
  });

  describe('a change', () => {
    it('costs what the preview said, by the second, on one invoice', async () => {
      app.clock.set(new Date('2026-04-01T00:00:00.000Z'));
      const studio = await subscribed({ tier_name: 'starter' });
      app.clock.advance(10 * DAY_MS);
      const body = { tier_name: 'professional', when: 'now' };
      const preview = (await studio.call('POST /subscriptions/current/preview', body)).json();
      // 20 of 30 days: 9900 x 2/3 - 2900 x 2/3.
      expect(preview).toMatchObject({ total_cents: 6600 - 1933, amount_due_cents: 4667 });
      const changed = await studio.call('POST /subscriptions/current/change', body);
      expect([changed.statusCode, changed.json().tier_name]).toEqual([200, 'professional']);
      const [invoice, ...rest] = await invoicesOf(studio);
      expect([invoice.total_cents, rest.length]).toEqual([preview.total_cents, 1]);
      expect(await studio.balance()).toMatchObject({ tokens_granted: 70_000 });
      expect(await summaryOf(studio)).toMatchObject({ included_calls: 10_000 / 1 - 6666 + 66_666 });
      const again = await studio.call('POST /subscriptions/current/change', body);
      expect(refusal(again)).toEqual([409, 'subscription_unchanged']);
    });

    it('leaves nobody ahead who goes up, spends and goes down', async () => {
      app.clock.set(new Date('2026-04-01T00:00:00.000Z'));
      const studio = await subscribed({ tier_name: 'professional' });
      await studio.use(100_000);
      const down = { tier_name: 'starter', when: 'now' };
      const preview = (await studio.call('POST /subscriptions/current/preview', down)).json();
      expect(preview).toMatchObject({ total_cents: 2900, amount_due_cents: 2900 });
      const other = await subscribed({ tier_name: 'professional' });
      app.clock.advance(1);
      const changed = await other.call('POST /subscriptions/current/change', down);
      expect(changed.statusCode, changed.body).toBe(200);
      expect((await invoicesOf(other))[0]).toMatchObject({
        status: 'paid',
        total_cents: -7000,
        amount_due_cents: 0,
      });
      expect(await other.balance()).toMatchObject({ tokens_remaining: 10_000 });
      // The credit pays the next invoices.
      await goTo('2026-05-01T02:00:00.000Z');
      expect((await invoicesOf(other))[0]).toMatchObject({
        total_cents: 2900,
        credit_applied_cents: 2900,
        status: 'paid',
      });
    });

    it('may follow another in the same millisecond', async () => {
      const studio = await subscribed({ tier_name: 'starter' });
      for (const tier_name of ['professional', 'agency', 'professional']) {
        const change = { tier_name, when: 'now' };
        const changed = await studio.operate('POST /subscriptions/current/change', change);
        expect([changed.statusCode, changed.json().tier_name], changed.body).toEqual([200, tier_name]);
      }
    });

    it('waits for the end of the period when going down', async () => {
      app.clock.set(new Date('2026-04-01T00:00:00.000Z'));
      const studio = await subscribed({ tier_name: 'professional' });
      const changed = await studio.call('POST /subscriptions/current/change', { tier_name: 'starter' });
      expect(changed.json()).toMatchObject({ tier_name: 'professional', next_tier_name: 'starter' });
      await goTo('2026-05-01T02:00:00.000Z');
      expect(await current(studio)).toMatchObject({ tier_name: 'starter', next_tier_name: null });
      expect((await invoicesOf(studio))[0]).toMatchObject({ total_cents: 2900 });
    });
  });

  describe('an end', () => {
    it('comes with the period, or now, and can be taken back before', async () => {
      app.clock.set(new Date('2026-04-01T00:00:00.000Z'));
      const studio = await subscribed({ tier_name: 'starter' });
      const cancelled = await studio.call('POST /subscriptions/current/cancel', { reason: 'too dear' });
      expect(cancelled.json()).toMatchObject({ status: 'active', cancel_at_period_end: true });
      const resumed = await studio.call('POST /subscriptions/current/resume');
      expect(resumed.json()).toMatchObject({ cancel_at_period_end: false });
      await studio.call('POST /subscriptions/current/cancel');
      await goTo('2026-05-01T02:00:00.000Z');
      expect(refusal(await studio.call('GET /subscriptions/current'))).toEqual([404, 'subscription_missing']);
      expect((await app.call(`GET /tenants/${studio.tenant_id}`)).json().tier_name).toBe('free');
      expect(await invoicesOf(studio)).toHaveLength(1);
    });

    it('rests in a pause, and begins again when it resumes', async () => {
      app.clock.set(new Date('2026-04-01T00:00:00.000Z'));
      const studio = await subscribed({ tier_name: 'starter' });
      expect((await studio.call('POST /subscriptions/current/pause')).json()).toMatchObject({
        status: 'paused',
      });
      await goTo('2026-06-10T00:00:00.000Z');
      expect((await app.call(`GET /tenants/${studio.tenant_id}`)).json().tier_name).toBe('free');
      expect(await invoicesOf(studio)).toHaveLength(1);
      const resumed = await studio.call('POST /subscriptions/current/resume');
      expect(resumed.json()).toMatchObject({
        status: 'active',
        current_period_end: '2026-07-10T00:00:00.000Z',
      });
      await app.composition.runner.runDue();
      expect(await invoicesOf(studio)).toMatchObject([{ status: 'paid' }, { status: 'paid' }]);
    });
  });

  describe('a refund', () => {
    it('of an invoice makes a credit note, takes its part of the tokens back, and never more than was paid', async () => {
      app.clock.set(new Date('2026-04-01T00:00:00.000Z'));
      const studio = await subscribed({ tier_name: 'starter' });
      await studio.use(4000);
      const paid = (await studio.operate('GET /transactions?type=invoice_payment')).json().data[0];
      const body = { transaction_id: paid.transaction_id, amount_cents: 1450, reason: 'half a month' };
      expect(refusal(await studio.call('POST /refunds', body))).toEqual([403, 'operator_only']);
      const key = { 'idempotency-key': 'half back' };
      const first = await studio.operate('POST /refunds', body, key);
      expect([first.statusCode, first.json()]).toMatchObject([
        201,
        { amount_cents: 1450, status: 'settled' },
      ]);
      expect((await studio.operate('POST /refunds', body, key)).json()).toEqual(first.json());
      const notes = (await invoicesOf(studio)).filter((one: { kind: string }) => one.kind === 'credit_note');
      expect(notes).toMatchObject([
        { number: expect.stringMatching(/^CN-/), total_cents: -1450, status: 'paid' },
      ]);
      expect(await studio.balance()).toMatchObject({ tokens_remaining: 1000 });
      const over = { ...body, amount_cents: 1451 };
      const refused = await studio.operate('POST /refunds', over);
      expect([...refusal(refused), refused.json().refundable_cents]).toEqual([422, 'refund_too_large', 1450]);
      const rest = { transaction_id: paid.transaction_id, reason: 'the rest' };
      expect((await studio.operate('POST /refunds', rest)).json().amount_cents).toBe(1450);
      expect(await studio.balance()).toMatchObject({ tokens_remaining: 0 });
      await goTo('2026-05-01T00:00:00.000Z');
      const { accounts } = (await studio.operate('GET /ledger/accounts')).json();
      const balances = Object.fromEntries(
        accounts.map((one: { account: string; balance: number }) => [one.account, one.balance]),
      );
      expect(balances).toMatchObject({ cash: 0, recognised_revenue: 0, customer_credit: 0, receivable: 0 });
    });
  });

  it('leaves books that agree', async () => {
    const audit = await runAudit(getDb());
    expect(audit.checks.filter(({ difference }) => difference)).toEqual([]);
  });
});
