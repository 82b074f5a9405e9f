import { beforeAll, expect, it } from 'vitest';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import type { Studio } from '../routes/token-fixtures.ts';
import { emailsOf, Mailbox, makeReader } from './email-fixtures.ts';

const DAY_S = 24 * 60 * 60;
const START = new Date('2026-01-31T10:00:00.000Z');

describeOnEachDatabase('dunning by e-mail', (getDb) => {
  let app: TestApp;
  const mailbox = new Mailbox();
  beforeAll(async () => {
    const env = { TALLYSTICK_TEST_CLOCK: 'true' };
    app = await testApp(getDb(), { clock: fixedClock(START), mailer: mailbox, env });
  });
  async function advance(studio: Studio, days: number): Promise<void> {
    const answer = await studio.operate('POST /test-clock/advance', { seconds: Math.round(days * DAY_S) });
    expect(answer.statusCode, answer.body).toBe(200);
  }
  const status = async (studio: Studio) => (await studio.call('GET /subscriptions/current')).json().status;

  async function pastDue(): Promise<Studio> {
    const studio = await makeReader(app, { time_zone: 'America/New_York' });
    await studio.call('POST /payment-methods', { token: 'sandbox_card' });
    await studio.call('POST /subscriptions', { tier_name: 'starter', interval: 'year' });
    const card = await studio.call('POST /payment-methods', { token: 'sandbox_card_insufficient_funds' });
    await studio.call(`POST /payment-methods/${card.json().payment_method_id}/default`);
    await advance(studio, 365.1);
    return studio;
  }

  it('tells each step once and in order, from the declined renewal to the recovery', async () => {
    mailbox.messages.length = 0;
    const studio = await pastDue();
    expect(await status(studio)).toBe('past_due');
    for (const days of [1, 2, 4, 7]) await advance(studio, days);
    expect(await status(studio)).toBe('suspended');
    await advance(studio, 3);
    await studio.call('POST /payment-methods', { token: 'sandbox_card' });
    const [invoice] = (await studio.call('GET /invoices')).json().data;
    const paid = await studio.call(`POST /invoices/${invoice.invoice_id}/pay`, {
      payment_method: 'sandbox_card',
    });
    expect(paid.statusCode, paid.body).toBe(200);
    expect(await status(studio)).toBe('active');
    await app.composition.runner.runDue();
    expect((await emailsOf(studio)).map(({ kind, status: stands }) => `${kind} ${stands}`)).toEqual([
      'payment_received sent',
      'invoice_issued sent',
      ...Array.from({ length: 5 }, () => 'payment_declined sent'),
      'subscription_suspended sent',
      'payment_received sent',
      'subscription_recovered sent',
    ]);
    // What left is what the outbox shows, in the same order.
    const ids = (await emailsOf(studio)).map(({ email_id }) => `${email_id}@localhost`);
    expect(mailbox.messages.map(({ message_id }) => message_id)).toEqual(ids);
    const declined = mailbox.messages.filter(({ subject }) => subject.includes('declined'));
    expect(declined.map(({ at }) => at.toISOString().slice(0, 16))).toEqual(
      ['2027-01-31', '2027-02-01', '2027-02-03', '2027-02-07', '2027-02-14'].map((day) => `${day}T11:00`),
    );
    const next = declined.map(({ text }) => /Next attempt: (.*)/.exec(text)?.[1]);
    expect(next).toEqual([
      '1 February 2027',
      '3 February 2027',
      '7 February 2027',
      '14 February 2027',
      undefined,
    ]);
    expect(declined[3]?.text).toContain('this was attempt 4 of 5');
    expect(declined[0]?.text).toContain('If the last attempt fails too, your subscription is suspended');
    expect(declined[0]?.text).toMatch(/Reason: .*insufficient/i);
    expect(declined.map(({ attachment }) => attachment?.filename)).toEqual(
      Array.from({ length: 5 }, () => `${invoice.number}.pdf`),
    );
  });

  it('tells that it has ended where nobody pays, and nothing after that', async () => {
    const studio = await pastDue();
    await advance(studio, 366);
    const told = (await emailsOf(studio)).slice(-2);
    expect(told.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['subscription_suspended', 'Your Starter subscription is suspended'],
      ['subscription_cancelled', 'Your Starter subscription has ended'],
    ]);
    expect(mailbox.messages.at(-1)?.text).toContain('What was owed has not been paid');
  });
});
