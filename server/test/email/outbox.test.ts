import { beforeAll, expect, describe as group, it } from 'vitest';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio, studioOf } from '../routes/token-fixtures.ts';
import { describe, emailsOf, kindsOf, makeReader } from './email-fixtures.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const START = new Date('2026-01-31T10:00:00.000Z');

describeOnEachDatabase('the outbox', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), {
      clock: fixedClock(START),
      env: { PUBLIC_URL: 'https://billing.lighthouse.example' },
    });
  });
  const refusal = (answer: { statusCode: number; json(): { code: string } }) => [
    answer.statusCode,
    answer.json().code,
  ];
  const runDue = () => app.composition.runner.runDue();
  async function pass(days: number): Promise<void> {
    app.clock.advance(days * DAY_MS);
    await runDue();
  }
  async function subscribe(studio: Studio, terms: object = { tier_name: 'starter' }): Promise<void> {
    const answer = await studio.operate('POST /subscriptions', terms);
    expect(answer.statusCode, answer.body).toBe(201);
  }
  const open = async (studio: Studio, email_id = '') => (await studio.call(`GET /emails/${email_id}`)).json();

  it('has no e-mail for a tenant without an address, and from then on where it has one', async () => {
    const studio = await makeReader(app, { email: null });
    await subscribe(studio);
    expect(await emailsOf(studio)).toEqual([]);
    await describe(studio, { email: 'late@studio.example' });
    await studio.buy(1000);
    expect(await emailsOf(studio)).toMatchObject([
      { kind: 'payment_received', to_address: 'late@studio.example', status: 'queued', invoice_id: null },
    ]);
  });

  it('keeps what nobody sends, in the words of the tenant’s seller, its currency and its days', async () => {
    const studio = await makeReader(
      app,
      { legal_name: 'Studio KK', time_zone: 'Asia/Tokyo' },
      { currency: 'JPY' },
    );
    app.clock.set(new Date('2026-01-31T20:00:00.000Z'));
    await subscribe(studio);
    const [receipt] = await emailsOf(studio);
    expect(receipt).toMatchObject({ kind: 'payment_received', status: 'queued', attempts: 0 });
    const before = await open(studio, receipt?.email_id);
    expect(before.text).toContain('Paid: ¥');
    expect(before.text).not.toContain('INV-');
    await runDue();
    const kept = await open(studio, receipt?.email_id);
    expect(kept).toMatchObject({
      status: 'kept',
      attempts: 0,
      sent_at: null,
      from_name: 'Operator',
      from_address: 'billing@billing.lighthouse.example',
    });
    expect(kept.text).toMatch(/Invoice: INV-\d{6}\nPaid: ¥[\d,]+\nPaid on: 1 February 2026/);
    expect(kept.text).toContain(
      `View your account: https://billing.lighthouse.example/dashboard/?tenant=${studio.tenant_id}`,
    );
    expect(kept.html).toMatch(/^<!doctype html>/);
    expect(kept.html).not.toMatch(/<script|tallystick/i);
    app.clock.set(START);
  });

  it('is written under the legal name and the address of the seller, as they are when it goes out', async () => {
    const studio = await makeReader(app);
    const before = (await app.call('GET /billing-details')).json();
    await app.call('PUT /billing-details', {
      body: { legal_name: 'Lighthouse <b>& Co\r\nBcc: all@x.example', email: 'money@lighthouse.example' },
    });
    await studio.buy(1000);
    await runDue();
    const [{ email_id } = { email_id: '' }] = await emailsOf(studio);
    const email = await open(studio, email_id);
    expect([email.from_name, email.from_address]).toEqual([
      'Lighthouse <b>& Co Bcc: all@x.example',
      'money@lighthouse.example',
    ]);
    expect(email.html).toContain('Lighthouse &lt;b&gt;&amp; Co Bcc');
    expect(email.html).not.toContain('<b>');
    const { tenant_id: _tenant, updated_at: _at, ...terms } = before;
    await app.call('PUT /billing-details', { body: terms });
  });

  it('is written by who sells to the tenant, and not by who runs the server', async () => {
    const agency = await makeStudio(app, { name: 'Harbour Agency', tier_name: 'agency' });
    const made = await agency.call('POST /tenants', { name: 'Client of the agency' });
    expect(made.statusCode, made.body).toBe(201);
    const client = studioOf(app, made.json().tenant_id, agency.key);
    await client.operate('PUT /billing-details', { email: 'client@client.example' });
    await client.operate('POST /ai-tokens/purchase', { tokens_to_purchase: 1000 });
    await runDue();
    const [email] = (await client.operate('GET /emails')).json().data;
    expect(email).toMatchObject({ to_address: 'client@client.example', from_name: 'Harbour Agency' });
    expect(await emailsOf(agency)).toEqual([]);
  });

  it('tells of a renewal and its payment, in this order, once', async () => {
    app.clock.set(START);
    const studio = await makeReader(app);
    await subscribe(studio);
    await pass(28.1);
    await runDue();
    expect(await kindsOf(studio)).toEqual(['payment_received', 'invoice_issued', 'payment_received']);
    const [, issued] = await emailsOf(studio);
    expect(issued).toMatchObject({ subject: 'Your invoice for $29.00', status: 'kept' });
    const [invoice] = (await studio.call('GET /invoices')).json().data;
    expect(issued?.invoice_id).toBe(invoice.invoice_id);
    expect((await open(studio, issued?.email_id)).text).toContain(`Invoice: ${invoice.number}`);
    app.clock.set(START);
  });

  it('tells of an invoice that credit pays, and of none that asks for nothing', async () => {
    app.clock.set(START);
    const studio = await makeReader(app);
    await subscribe(studio, { tier_name: 'professional' });
    const change = { tier_name: 'starter', when: 'now' };
    expect((await studio.call('POST /subscriptions/current/change', change)).statusCode).toBe(200);
    // The invoice of the change is below zero: it leaves credit.
    expect(await kindsOf(studio)).toEqual(['payment_received']);
    await pass(28.1);
    const [, issued] = await emailsOf(studio);
    expect(issued?.kind).toBe('invoice_issued');
    expect((await open(studio, issued?.email_id)).text).toMatch(
      /nothing to pay[\s\S]*Paid from your credit: \$29\.00/,
    );
    expect(await kindsOf(studio)).toEqual(['payment_received', 'invoice_issued']);
    app.clock.set(START);
  });

  it('leaves an invoice out that a declined first payment has taken back', async () => {
    const studio = await makeReader(app);
    await studio.call('POST /payment-methods', { token: 'sandbox_card_declined' });
    expect((await studio.call('POST /subscriptions', { tier_name: 'starter' })).statusCode).toBe(402);
    await runDue();
    const [declined, ...more] = await emailsOf(studio);
    expect([declined?.kind, declined?.invoice_id, more]).toEqual(['payment_declined', null, []]);
    expect((await open(studio, declined?.email_id)).text).toContain('nothing is owed');
  });

  it('tells whom a payment waits for where it is confirmed, once', async () => {
    const studio = await makeReader(app);
    await studio.call('POST /payment-methods', { token: 'sandbox_card_confirm' });
    const asked = await studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 100_000 });
    expect(asked.statusCode).toBe(402);
    await pass(2 / 24);
    const [waiting, ...more] = await emailsOf(studio);
    expect([waiting?.kind, more]).toEqual(['payment_needs_confirmation', []]);
    expect((await open(studio, waiting?.email_id)).text).toContain(asked.json().action_url);
    app.clock.set(START);
  });

  it('tells of refunds, of an invoice with its credit note', async () => {
    const studio = await makeReader(app);
    await subscribe(studio);
    const bought = await studio.buy(100_000);
    const payments = (await studio.call('GET /transactions?type=invoice_payment')).json().data;
    for (const transaction_id of [payments[0].transaction_id, bought.transaction_id]) {
      const body = { transaction_id, amount_cents: 500, reason: 'goodwill' };
      expect((await studio.operate('POST /refunds', body)).statusCode).toBe(201);
    }
    await runDue();
    const refunds = await emailsOf(studio, '?kind=refund_issued');
    expect(refunds.map(({ subject }) => subject)).toEqual(['We refunded $5.00', 'We refunded $5.00']);
    const texts = await Promise.all(refunds.map(async ({ email_id }) => (await open(studio, email_id)).text));
    expect(texts.filter((text) => /Credit note: CN-\d{6}/.test(text))).toHaveLength(1);
    expect(texts.every((text) => text.includes('Reason: goodwill'))).toBe(true);
  });

  group('of a trial', () => {
    it('tells of its end three days before, unless it was cancelled or was no longer than that', async () => {
      app.clock.set(START);
      const [long, cancelled, short] = [await makeReader(app), await makeReader(app), await makeReader(app)];
      await subscribe(long, { tier_name: 'starter', trial_days: 14 });
      await subscribe(cancelled, { tier_name: 'starter', trial_days: 14 });
      await subscribe(short, { tier_name: 'starter', trial_days: 3 });
      await cancelled.call('POST /subscriptions/current/cancel', { when: 'period_end' });
      await pass(10.9);
      expect(await kindsOf(long)).toEqual([]);
      await pass(0.2);
      await runDue();
      const [ending] = await emailsOf(long);
      expect(ending).toMatchObject({ kind: 'trial_ending', subject: 'Your Starter trial ends soon' });
      expect((await open(long, ending?.email_id)).text).toContain('Trial ends on: 14 February 2026');
      expect((await open(long, ending?.email_id)).text).toContain('$29.00 a month');
      expect(await kindsOf(cancelled)).toEqual(['subscription_cancelled']);
      expect(await kindsOf(short)).not.toContain('trial_ending');
      app.clock.set(START);
    });
  });

  it('tells of each cancellation once, and of the end where it is now', async () => {
    app.clock.set(START);
    const studio = await makeReader(app);
    await subscribe(studio);
    const cancel = (when: string) => studio.call('POST /subscriptions/current/cancel', { when });
    await cancel('period_end');
    await cancel('period_end');
    await studio.call('POST /subscriptions/current/resume', {});
    app.clock.advance(60_000);
    await cancel('now');
    await runDue();
    const told = await emailsOf(studio, '?kind=subscription_cancelled');
    expect(told.map(({ subject }) => subject)).toEqual([
      'Your Starter subscription is cancelled',
      'Your Starter subscription has ended',
    ]);
    app.clock.set(START);
  });

  group('GET /emails', () => {
    it('filters and pages', async () => {
      const studio = await makeReader(app);
      for (let bought = 0; bought < 3; bought += 1) {
        app.clock.advance(1000);
        await studio.buy(1000);
      }
      await runDue();
      const first = (await studio.call('GET /emails?limit=2&status=kept')).json();
      expect(first.data).toHaveLength(2);
      const rest = (await studio.call(`GET /emails?limit=2&cursor=${first.next_cursor}`)).json();
      expect([rest.data.length, rest.next_cursor]).toEqual([1, null]);
      expect(await emailsOf(studio, '?status=sent')).toEqual([]);
      expect(await emailsOf(studio, '?kind=trial_ending')).toEqual([]);
      expect((await studio.call('GET /emails?kind=spam')).statusCode).toBe(422);
    });

    it('shows a tenant its own, and an operator those of the tenant it acts for', async () => {
      const [studio, stranger] = [await makeReader(app), await makeReader(app)];
      await studio.buy(1000);
      const [mine] = await emailsOf(studio);
      expect(await emailsOf(stranger)).toEqual([]);
      expect((await studio.operate('GET /emails')).json().data).toHaveLength(1);
      for (const request of ['GET', 'POST'] as const) {
        const path = `/emails/${mine?.email_id}${request === 'POST' ? '/resend' : ''}` as const;
        expect(refusal(await stranger.call(`${request} ${path}`))).toEqual([404, 'not_found']);
      }
    });
  });

  it('queues a kept one again, to the address of now', async () => {
    const studio = await makeReader(app);
    await studio.buy(1000);
    await runDue();
    const [kept] = await emailsOf(studio);
    await describe(studio, { email: 'new@studio.example' });
    for (let asked = 0; asked < 2; asked += 1) {
      const again = await studio.call(`POST /emails/${kept?.email_id}/resend`);
      expect([again.statusCode, again.json().status, again.json().to_address]).toEqual([
        200,
        'queued',
        'new@studio.example',
      ]);
    }
    await runDue();
    expect(await emailsOf(studio)).toMatchObject([{ status: 'kept', to_address: 'new@studio.example' }]);
  });
});
