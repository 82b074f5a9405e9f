import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { openStripe } from '../../src/payments/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { StripeDouble } from './stripe-double.ts';

const secret = 'whsec_of_the_tests';
const env = { STRIPE_WEBHOOK_SECRET: secret, PAYMENTS: 'none' };
const urls = { success_url: 'https://host.example/paid', cancel_url: 'https://host.example/left' };
const path = '/api/v1/monetization/payments/stripe/webhook';

describeOnEachDatabase('the webhook of Stripe', (getDb) => {
  let app: TestApp;
  let double: StripeDouble;
  let studio: Studio;
  const provider = () =>
    openStripe({
      secret_key: double.secret_key,
      api_base: double.address,
      public_url: 'https://pay.example',
      deadline_ms: 1500,
    });
  beforeAll(async () => {
    double = await new StripeDouble().listen();
    app = await testApp(getDb(), { payments: await provider(), env });
  });
  beforeEach(async () => {
    studio = await makeStudio(app);
  });
  afterAll(async () => {
    await app.server.close();
    await double.close();
  });

  const post = (event: { payload: string; signature: string | undefined }, to = app) =>
    to.server.inject({
      method: 'POST',
      url: path,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(event.signature !== undefined && { 'stripe-signature': event.signature }),
      },
      payload: event.payload,
    });
  const eventOf = (type: string, object: unknown, id?: string) =>
    double.event(type, object, { secret, at: app.clock.now(), ...(id !== undefined && { id }) });
  /** Sends an event, and lets it be understood. */
  const report = async (type: string, object: unknown, id?: string) => {
    const answer = await post(eventOf(type, object, id));
    expect([answer.statusCode, answer.json()]).toEqual([200, { received: true }]);
    await app.composition.runner.runDue();
  };
  const stored = async () =>
    (
      await getDb().asOwner((tx) =>
        sql<{ event_id: string; status: string }>`select event_id, status from payment_events`.execute(tx),
      )
    ).rows;
  const statusOf = async (event_id: string) =>
    (await stored()).find((event) => event.event_id === event_id)?.status;
  const journal = async () => (await studio.call('GET /transactions')).json().data;
  const save = (token: string) => studio.call('POST /payment-methods', { token });
  const methods = async () => (await studio.call('GET /payment-methods')).json().data;
  const buy = async () => {
    app.clock.advance(1);
    await studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 100_000 });
    const [charge] = double
      .made('pi_')
      .filter(({ metadata }) => (metadata as { tenant_id?: string }).tenant_id === studio.tenant_id);
    if (charge === undefined) throw new Error('nothing was charged');
    return charge;
  };
  /** Whether everything that was stored has been understood. */
  const expectAllEnded = async () =>
    expect((await stored()).filter(({ status }) => status === 'received')).toEqual([]);
  const disputes = async () => (await studio.call('GET /disputes')).json().data;

  describe('400 webhook_refused, and nothing is stored', () => {
    it.each<[string, () => { payload: string; signature: string | undefined }]>([
      ['a signature of another secret', () => double.event('x', {}, { secret: 'no', at: app.clock.now() })],
      ['no signature', () => ({ ...eventOf('x', {}), signature: undefined })],
      ['another body', () => ({ ...eventOf('x', {}), payload: '{"id":"evt_other"}' })],
      [
        'a signature older than five minutes',
        () => double.event('x', {}, { secret, at: new Date(app.clock.now().getTime() - 301_000) }),
      ],
      ['no event', () => ({ ...double.event('x', {}, { secret, at: app.clock.now(), id: '' }) })],
    ])('%s', async (_what, make) => {
      const before = await stored();
      const answer = await post(make());
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'webhook_refused']);
      expect(await stored()).toEqual(before);
    });
  });

  it('takes no event where no secret is set', async () => {
    const { operator_key } = app;
    const without = await testApp(getDb(), { operator_key, payments: await provider() });
    expect((await post(eventOf('x', {}), without)).statusCode).toBe(404);
    await without.server.close();
  });

  it('200: a signature of four minutes ago is good, and what is none of ours is ignored', async () => {
    const at = new Date(app.clock.now().getTime() - 240_000);
    const event = double.event(
      'product.created',
      { id: 'prod_1', name: 'a\0b\ud800' },
      { secret, at, id: 'evt_product' },
    );
    expect((await post(event)).statusCode).toBe(200);
    await report('payment_intent.succeeded', { id: 'pi_foreign', metadata: {} }, 'evt_foreign');
    const metadata = { tenant_id: studio.tenant_id, transaction_id: studio.tenant_id };
    await report('payment_intent.succeeded', { id: 'pi_unknown', metadata }, 'evt_unknown');
    expect(await statusOf('evt_product')).toBe('ignored');
    expect(await statusOf('evt_foreign')).toBe('ignored');
    expect(await statusOf('evt_unknown')).toBe('processed');
  });

  it('ends a payment that its owner confirmed, once, however often it is told', async () => {
    await save('pm_card_3ds');
    const charge = await buy();
    expect(await journal()).toMatchObject([{ status: 'pending' }]);
    double.confirm(charge.id);
    const event = eventOf('payment_intent.succeeded', double.resources.get(charge.id));
    const answers = await Promise.all([post(event), post(event), post(event)]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
    await app.composition.runner.runDue();
    expect(await journal()).toMatchObject([{ status: 'settled', external_transaction_id: charge.id }]);
    const rows = (await stored()).length;
    double.requests.length = 0;
    expect((await post(event)).statusCode).toBe(200);
    await app.composition.runner.runDue();
    expect(double.requests).toEqual([]);
    expect(await stored()).toHaveLength(rows);
    expect((await studio.balance()).tokens_remaining).toBe(100_000);
  });

  it('does not believe an event about money: it asks how the payment stands', async () => {
    await save('pm_card_3ds');
    const charge = await buy();
    await report('payment_intent.succeeded', { ...charge, status: 'succeeded' });
    expect(await journal()).toMatchObject([{ status: 'pending' }]);
    double.confirm(charge.id);
    // The failure of an attempt comes after it has succeeded.
    await report('payment_intent.payment_failed', charge);
    expect(await journal()).toMatchObject([{ status: 'settled' }]);
    await report('payment_intent.canceled', charge);
    expect(await journal()).toMatchObject([{ status: 'settled' }]);
  });

  it('stores events while the feature flag is off, and understands them when it is on', async () => {
    await save('pm_card_3ds');
    const charge = await buy();
    double.confirm(charge.id);
    const { operator_key } = app;
    const off = await testApp(getDb(), {
      operator_key,
      payments: await provider(),
      env: { ...env, ENABLE_MONETIZATION: 'false' },
    });
    expect((await off.call('GET /transactions')).json().code).toBe('monetization_disabled');
    const object = double.resources.get(charge.id);
    const answer = await post(eventOf('payment_intent.succeeded', object, 'evt_while_off'), off);
    expect([answer.statusCode, answer.json()]).toEqual([200, { received: true }]);
    await off.server.close();
    expect(await statusOf('evt_while_off')).toBe('received');
    expect(await journal()).toMatchObject([{ status: 'pending' }]);
    await app.composition.runner.runDue();
    expect(await statusOf('evt_while_off')).toBe('processed');
    expect(await journal()).toMatchObject([{ status: 'settled' }]);
  });

  it('asks again later where Stripe does not answer', async () => {
    await save('pm_card_3ds');
    const charge = await buy();
    double.confirm(charge.id);
    double.troubles.push(500, 500);
    await report('payment_intent.succeeded', charge, 'evt_in_trouble');
    expect(await statusOf('evt_in_trouble')).toBe('received');
    app.clock.advance(11_000);
    await app.composition.runner.runDue();
    expect(await statusOf('evt_in_trouble')).toBe('processed');
    expect(await journal()).toMatchObject([{ status: 'settled' }]);
  });

  it('ends a refund that Stripe was still at', async () => {
    await save('pm_card_slow_refund');
    const charge = await buy();
    const [{ transaction_id }] = await journal();
    await studio.call('POST /refunds', { transaction_id, amount_cents: 400, reason: 'x' });
    expect(await studio.balance()).toMatchObject({ tokens_held: 40_000 });
    const [refund] = double.made('re_').filter(({ payment_intent }) => payment_intent === charge.id);
    double.change(String(refund?.id), { status: 'failed', failure_reason: 'lost_or_stolen_card' });
    await report('refund.failed', refund);
    expect(await studio.balance()).toMatchObject({ tokens_held: 0, tokens_remaining: 100_000 });
    expect((await studio.call('GET /transactions?type=refund')).json().data).toMatchObject([
      { status: 'failed', failure_code: 'lost_or_stolen_card' },
    ]);
  });

  describe('a refund that fails after it had succeeded', () => {
    const balances = async () => {
      const { accounts, identity } = (await studio.call('GET /ledger/accounts')).json();
      expect(identity.every(({ holds }: { holds: boolean }) => holds)).toBe(true);
      return Object.fromEntries(
        accounts.map(({ account, balance }: { account: string; balance: number }) => [account, balance]),
      );
    };
    const failLate = async (charge_id: string) => {
      const [refund] = double.made('re_').filter(({ payment_intent }) => payment_intent === charge_id);
      await report('refund.updated', refund);
      double.change(String(refund?.id), { status: 'failed', failure_reason: 'expired_or_canceled_card' });
      await report('refund.failed', refund, `evt_failed_${charge_id}`);
      await report('refund.failed', refund, `evt_failed_${charge_id}`);
      // What was sent before it failed arrives after.
      await report('refund.updated', refund);
    };
    const expectSound = async () =>
      expect((await runAudit(app.db)).checks.filter((check) => check.difference)).toEqual([]);

    it('of a purchase is owed as credit, once, and its tokens stay taken back', async () => {
      await save('pm_card_visa');
      const charge = await buy();
      const [{ transaction_id }] = await journal();
      const body = { transaction_id, amount_cents: 400, reason: 'x' };
      const refunded = (await studio.call('POST /refunds', body)).json();
      expect(await balances()).toMatchObject({ cash: 600, deferred_revenue: 600, customer_credit: 0 });
      await failLate(charge.id);
      expect((await studio.call('GET /transactions?type=customer_credit')).json().data).toMatchObject([
        {
          status: 'settled',
          amount_cents: 400,
          reverses_transaction_id: refunded.transaction_id,
          external_transaction_id: refunded.external_transaction_id,
          reason: 'the refund failed (expired_or_canceled_card): the refund did not reach the payer',
        },
      ]);
      expect((await studio.call('GET /transactions?type=refund')).json().data).toMatchObject([
        { status: 'settled' },
      ]);
      expect(await balances()).toMatchObject({ cash: 1000, deferred_revenue: 600, customer_credit: 400 });
      expect(await studio.balance()).toMatchObject({ tokens_remaining: 60_000, tokens_refunded: 40_000 });
      await expectSound();
      await expectAllEnded();
    });

    it('of an invoice is owed as credit, which the next invoice takes', async () => {
      await save('pm_card_visa');
      await studio.call('POST /subscriptions', { tier_name: 'starter' });
      const [{ transaction_id, external_transaction_id }] = (
        await studio.call('GET /transactions?type=invoice_payment')
      ).json().data;
      const body = { transaction_id, amount_cents: 1000, reason: 'x' };
      const answer = await studio.operate('POST /refunds', body);
      expect(answer.statusCode, answer.body).toBe(201);
      expect(await balances()).toMatchObject({ cash: 1900, customer_credit: 0 });
      await failLate(external_transaction_id);
      expect(await balances()).toMatchObject({ cash: 2900, customer_credit: 1000 });
      await expectSound();
      const up = { tier_name: 'professional', when: 'now' };
      expect((await studio.call('POST /subscriptions/current/change', up)).statusCode).toBe(200);
      const invoices = (await studio.call('GET /invoices')).json().data;
      const next = invoices.find(({ reason }: { reason: string }) => reason === 'subscription_change');
      expect(next).toMatchObject({ credit_applied_cents: 1000, status: 'paid' });
      expect(await balances()).toMatchObject({ customer_credit: 0 });
      await expectSound();
    });
  });

  it('hears of a checkout that saved a card, or sold', async () => {
    const open = async (terms: object) =>
      (await studio.call('POST /payments/checkout', { ...urls, ...terms })).json();
    const idOf = (url: string) => url.replace('https://checkout.example/', '');
    const setup = await open({ purpose: 'setup' });
    double.complete(idOf(setup.checkout_url));
    await report('checkout.session.completed', double.resources.get(idOf(setup.checkout_url)));
    expect(await methods()).toMatchObject([{ brand: 'visa', is_default: true }]);
    const sale = await open({ purpose: 'token_purchase', tokens_to_purchase: 1000 });
    double.complete(idOf(sale.checkout_url));
    await report('checkout.session.completed', double.resources.get(idOf(sale.checkout_url)));
    expect(await journal()).toMatchObject([{ transaction_id: sale.transaction_id, status: 'settled' }]);
    const left = await open({ purpose: 'token_purchase', tokens_to_purchase: 1000 });
    double.change(idOf(left.checkout_url), { status: 'expired' });
    await report('checkout.session.expired', double.resources.get(idOf(left.checkout_url)));
    expect((await studio.call('GET /transactions?status=failed')).json().data).toMatchObject([
      { transaction_id: left.transaction_id, failure_code: 'action_expired' },
    ]);
  });

  it('keeps a card that was saved elsewhere with its tenant, unless it was removed since', async () => {
    await save('pm_card_visa');
    const [first] = double.made('pm_').slice(-1);
    const more = double.put({ ...first, id: 'pm_elsewhere' });
    await report('payment_method.attached', more);
    await report('payment_method.attached', more);
    expect(await methods()).toHaveLength(2);
    const gone = double.put({ ...first, id: 'pm_gone', customer: null });
    await report('payment_method.attached', { ...gone, customer: first?.customer });
    expect(await methods()).toHaveLength(2);
  });

  describe('disputes', () => {
    it('holds what is left of a purchase while it is open, and takes it back when it is lost', async () => {
      await save('pm_card_visa');
      const charge = await buy();
      await studio.use(30_000);
      const dispute = double.dispute(charge.id);
      await report('charge.dispute.created', dispute);
      expect(await disputes()).toMatchObject([
        { status: 'needs_response', amount_cents: 1000, secured_cents: 700, external_id: dispute.id },
      ]);
      expect(await studio.balance()).toMatchObject({ tokens_remaining: 0, tokens_held: 70_000 });
      double.change(dispute.id, { status: 'under_review' });
      await report('charge.dispute.updated', dispute);
      expect(await disputes()).toMatchObject([{ status: 'under_review', closed_at: null }]);
      double.change(dispute.id, { status: 'lost' });
      await report('charge.dispute.closed', dispute);
      await report('charge.dispute.created', dispute);
      await report('charge.dispute.funds_withdrawn', dispute);
      expect(await disputes()).toMatchObject([{ status: 'lost', closed_at: expect.any(String) }]);
      expect(await studio.balance()).toMatchObject({ tokens_refunded: 70_000, tokens_held: 0 });
      expect((await runAudit(app.db)).checks.filter((check) => check.difference)).toEqual([]);
      await expectAllEnded();
    });

    it('comes out right where its end is heard of before its beginning', async () => {
      await save('pm_card_visa');
      const charge = await buy();
      const dispute = double.dispute(charge.id, 'won');
      await report('charge.dispute.closed', dispute);
      await report('charge.dispute.created', { ...dispute, status: 'needs_response' });
      expect(await disputes()).toMatchObject([{ status: 'won', secured_cents: 1000 }]);
      expect(await studio.balance()).toMatchObject({ tokens_remaining: 100_000, tokens_held: 0 });
      expect((await studio.call('GET /transactions?type=dispute')).json().data).toMatchObject([
        { status: 'failed', failure_code: 'dispute_won' },
      ]);
      await expectAllEnded();
    });
  });
});
