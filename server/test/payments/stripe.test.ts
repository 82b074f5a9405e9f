import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { openStripe } from '../../src/payments/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { freshId, makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { StripeDouble, type Trouble } from './stripe-double.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const urls = { success_url: 'https://host.example/paid', cancel_url: 'https://host.example/left' };

describeOnEachDatabase('payments by Stripe', (getDb) => {
  let app: TestApp;
  let double: StripeDouble;
  let studio: Studio;
  beforeAll(async () => {
    double = await new StripeDouble().listen();
    const settings = { secret_key: double.secret_key, api_base: double.address };
    // The SDK pauses half a second before it sends a request again.
    const deadline_ms = 1500;
    const payments = await openStripe({ ...settings, public_url: 'https://pay.example', deadline_ms });
    app = await testApp(getDb(), { payments });
  });
  beforeEach(async () => {
    studio = await makeStudio(app);
    double.requests.length = 0;
  });
  afterEach(() => {
    expect(double.complaints).toEqual([]);
    expect(double.troubles).toEqual([]);
  });
  afterAll(async () => {
    await app.server.close();
    await double.close();
  });

  const save = (token: string) => studio.call('POST /payment-methods', { token });
  const buy = (more = {}, key?: string) => {
    // So that the journal's order is that of the purchases.
    app.clock.advance(1);
    const body = { tokens_to_purchase: 100_000, ...more };
    return studio.call('POST /ai-tokens/purchase', body, key === undefined ? {} : { 'idempotency-key': key });
  };
  const journal = async () => (await studio.call('GET /transactions')).json().data;
  const chargesOf = (tenant_id = studio.tenant_id) =>
    double.made('pi_').filter(({ metadata }) => (metadata as { tenant_id?: string }).tenant_id === tenant_id);
  const sent = (path: string) => double.requests.filter((request) => request.path === path);
  const after = async (milliseconds: number) => {
    app.clock.advance(milliseconds);
    await app.composition.runner.runDue();
  };

  it('saves a card with a customer of its own, and charges it without its owner', async () => {
    const saved = await save('pm_card_visa');
    expect(saved.statusCode, saved.body).toBe(201);
    expect(saved.json()).toMatchObject({
      provider: 'stripe',
      brand: 'visa',
      last4: '4242',
      expires_month: 8,
      expires_year: 2030,
      is_default: true,
    });
    const bought = await buy();
    expect(bought.statusCode, bought.body).toBe(201);
    const { transaction_id, external_transaction_id } = bought.json();
    const [charge] = chargesOf();
    expect(external_transaction_id).toBe(charge?.id);
    const [request] = sent('/v1/payment_intents');
    expect(request).toMatchObject({
      method: 'POST',
      idempotency_key: transaction_id,
      form: {
        amount: '1000',
        currency: 'usd',
        customer: charge?.customer,
        confirm: 'true',
        off_session: 'true',
        'metadata[tenant_id]': studio.tenant_id,
        'metadata[transaction_id]': transaction_id,
      },
    });
    await save('pm_card_lost');
    expect(sent('/v1/customers')).toHaveLength(1);
    expect((await studio.call('GET /payment-methods')).json().data).toHaveLength(2);
  });

  it('is what a server with the keys of Stripe in its environment charges by', async () => {
    const { operator_key } = app;
    const env = {
      PAYMENTS: 'stripe',
      STRIPE_SECRET_KEY: double.secret_key,
      STRIPE_WEBHOOK_SECRET: 'whsec_of_the_tests',
      STRIPE_API_BASE: double.address,
    };
    const other = await testApp(getDb(), { operator_key, env });
    const body = { token: 'pm_card_visa' };
    const saved = await other.call('POST /payment-methods', { key: studio.key, body });
    expect(saved.json()).toMatchObject({ provider: 'stripe', brand: 'visa' });
    await other.server.close();
  });

  it('402 payment_method_missing: nobody is asked where there is no card', async () => {
    expect(refusal(await buy())).toEqual([402, 'payment_method_missing']);
    expect(double.requests).toEqual([]);
  });

  it.each([
    ['pm_card_insufficient', 'insufficient_funds'],
    ['pm_card_lost', 'lost_card'],
  ])('402 payment_declined: %s says %s, and the key is free again', async (card, decline_code) => {
    await save(card);
    const key = freshId('key');
    const declined = await buy({}, key);
    expect(refusal(declined)).toEqual([402, 'payment_declined']);
    expect(declined.json()).toMatchObject({ decline_code, detail: `Your card: ${decline_code}.` });
    const { payment_method_id } = (await save('pm_card_visa')).json();
    await studio.call(`POST /payment-methods/${payment_method_id}/default`, {});
    expect((await buy({}, key)).statusCode).toBe(201);
    expect(await journal()).toMatchObject([{ status: 'settled' }, { failure_code: decline_code }]);
  });

  it('422 payment_method_refused: a card that the bank or Stripe does not let be saved', async () => {
    for (const [card, code] of [
      ['pm_card_refused', 'card_declined'],
      ['pm_unknown', 'resource_missing'],
      ['pm_card_owner_wanted', 'authentication_required'],
    ] as const) {
      const answer = await save(card);
      expect(refusal(answer), card).toEqual([422, 'payment_method_refused']);
      expect(answer.json().decline_code).toBe(code);
    }
  });

  describe('a bank that wants the owner of the card', () => {
    it('402 payment_action_required, and 201 after the owner has confirmed', async () => {
      await save('pm_card_3ds');
      const key = freshId('key');
      const asked = await buy({}, key);
      expect(refusal(asked)).toEqual([402, 'payment_action_required']);
      const [charge] = chargesOf();
      expect(asked.json().action_url).toBe(`https://bank.example/${charge?.id}`);
      expect(sent(`/v1/payment_intents/${charge?.id}/confirm`)).toMatchObject([
        { form: { off_session: 'false', return_url: 'https://pay.example/payments/done' } },
      ]);
      expect(refusal(await buy({}, key))).toEqual([402, 'payment_action_required']);
      double.confirm(String(charge?.id));
      expect((await buy({}, key)).statusCode).toBe(201);
      expect(chargesOf()).toHaveLength(1);
    });

    it('is heard by the job too, and given up after a day', async () => {
      await save('pm_card_3ds');
      await buy();
      await buy();
      const [first, second] = chargesOf();
      double.confirm(String(first?.id));
      await after(HOUR_MS);
      expect((await journal()).map(({ status }: { status: string }) => status).toSorted()).toEqual([
        'pending',
        'settled',
      ]);
      await after(24 * HOUR_MS);
      expect(double.resources.get(String(second?.id))?.status).toBe('canceled');
      expect((await studio.call('GET /transactions?status=failed')).json().data).toMatchObject([
        { failure_code: 'action_expired' },
      ]);
    });

    it('credits what was confirmed in the very moment in which it was given up', async () => {
      await save('pm_card_3ds');
      await buy();
      const [charge] = chargesOf();
      app.clock.advance(25 * HOUR_MS);
      // It is asked, waits still, and has succeeded when it is to be cancelled.
      const confirm = double.confirm.bind(double, String(charge?.id));
      const serve = double.requests.push.bind(double.requests);
      double.requests.push = (...asked) => {
        if (asked.some(({ path }) => path.endsWith('/cancel'))) confirm();
        return serve(...asked);
      };
      await app.composition.runner.runDue();
      double.requests.push = serve;
      expect(await journal()).toMatchObject([{ status: 'settled' }]);
    });
  });

  it('409 transaction_pending: Stripe itself waits, and the job hears how it ended', async () => {
    await save('pm_card_slow');
    expect(refusal(await buy())).toEqual([409, 'transaction_pending']);
    const [charge] = chargesOf();
    expect(await journal()).toMatchObject([
      { status: 'pending', external_transaction_id: charge?.id, action_url: null },
    ]);
    double.confirm(String(charge?.id));
    await after(HOUR_MS);
    expect(await journal()).toMatchObject([{ status: 'settled' }]);
  });

  describe('a Stripe in trouble', () => {
    it.each<[Trouble, number]>([
      ['die_after', 1],
      ['die_before', 1],
      [500, 1],
    ])('201: one request that ends with %s is sent again, and charges once', async (trouble) => {
      await save('pm_card_visa');
      double.troubles.push(trouble);
      expect((await buy()).statusCode).toBe(201);
      expect(chargesOf()).toHaveLength(1);
      expect(sent('/v1/payment_intents')).toHaveLength(2);
    });

    it.each<[string, Trouble[]]>([
      ['hangs', ['hang']],
      ['dies after the charge', ['die_after', 'die_after']],
      ['dies before the charge', ['die_before', 'die_before']],
      ['fails', [500, 500]],
      ['has too many requests', [429]],
    ])(
      '503 payments_unavailable: one that %s ends in one charge, by a retry or the job',
      async (_name, list) => {
        await save('pm_card_visa');
        const key = freshId('key');
        double.troubles.push(...list);
        expect(refusal(await buy({}, key))).toEqual([503, 'payments_unavailable']);
        expect(await journal()).toMatchObject([{ status: 'pending' }]);
        expect((await studio.balance()).tokens_remaining).toBe(0);
        const again = await buy({}, key);
        expect(again.statusCode, again.body).toBe(201);
        expect(chargesOf()).toHaveLength(1);
        double.troubles.push(...list);
        expect(refusal(await buy())).toEqual([503, 'payments_unavailable']);
        await after(MINUTE_MS + 1000);
        expect((await journal()).map(({ status }: { status: string }) => status)).toEqual([
          'settled',
          'settled',
        ]);
        expect(chargesOf()).toHaveLength(2);
        expect((await studio.balance()).tokens_remaining).toBe(200_000);
      },
    );

    it('never makes a charge whose key may be forgotten: a day later it is looked for', async () => {
      await save('pm_card_visa');
      double.troubles.push('die_after', 'die_after');
      await buy();
      double.troubles.push('die_before', 'die_before');
      await buy();
      app.clock.advance(24 * HOUR_MS);
      double.requests.length = 0;
      await app.composition.runner.runDue();
      expect(sent('/v1/payment_intents')).toEqual([]);
      expect(chargesOf()).toHaveLength(1);
      const all = await journal();
      expect(all.map(({ status }: { status: string }) => status).toSorted()).toEqual(['failed', 'settled']);
      expect(all.find(({ status }: { status: string }) => status === 'failed').failure_code).toBe(
        'never_made',
      );
    });

    it('503 payments_unavailable: with a key that Stripe does not know', async () => {
      await save('pm_card_visa');
      const settings = { secret_key: 'sk_test_wrong', api_base: double.address };
      const payments = await openStripe({ ...settings, public_url: 'https://pay.example' });
      const { operator_key } = app;
      const other = await testApp(getDb(), { operator_key, payments });
      const answer = await other.call('POST /ai-tokens/purchase', {
        key: studio.key,
        body: { tokens_to_purchase: 1000 },
      });
      expect(refusal(answer)).toEqual([503, 'payments_unavailable']);
      await other.server.close();
    });
  });

  describe('POST /refunds', () => {
    const refund = (transaction_id: string, amount_cents: number, key?: string) =>
      studio.call(
        'POST /refunds',
        { transaction_id, amount_cents, reason: 'too many' },
        key === undefined ? {} : { 'idempotency-key': key },
      );

    it('201: pays back at Stripe, once', async () => {
      await save('pm_card_visa');
      const { transaction_id, external_transaction_id } = (await buy()).json();
      const key = freshId('key');
      double.troubles.push('die_after', 'die_after');
      expect(refusal(await refund(transaction_id, 400, key))).toEqual([503, 'payments_unavailable']);
      const done = await refund(transaction_id, 400, key);
      expect(done.statusCode, done.body).toBe(201);
      const [made, ...others] = double
        .made('re_')
        .filter(({ payment_intent }) => payment_intent === external_transaction_id);
      expect([made?.amount, others]).toEqual([400, []]);
      expect(done.json()).toMatchObject({ external_transaction_id: made?.id, balance: 60_000 });
    });

    it('402 payment_declined: what Stripe refuses frees the tokens', async () => {
      await save('pm_card_visa');
      const { transaction_id, external_transaction_id } = (await buy()).json();
      double.change(external_transaction_id, { amount: 100 });
      const answer = await refund(transaction_id, 400);
      expect(refusal(answer)).toEqual([402, 'payment_declined']);
      expect(answer.json().decline_code).toBe('charge_already_refunded');
      expect(await studio.balance()).toMatchObject({ tokens_remaining: 100_000, tokens_held: 0 });
    });

    it('409 transaction_pending: one that Stripe is still at keeps its tokens, and the job ends it', async () => {
      await save('pm_card_slow_refund');
      const { transaction_id, external_transaction_id } = (await buy()).json();
      expect(refusal(await refund(transaction_id, 400))).toEqual([409, 'transaction_pending']);
      expect(await studio.balance()).toMatchObject({ tokens_remaining: 60_000, tokens_held: 40_000 });
      const [made] = double
        .made('re_')
        .filter(({ payment_intent }) => payment_intent === external_transaction_id);
      double.change(String(made?.id), { status: 'succeeded' });
      await after(HOUR_MS);
      expect(await studio.balance()).toMatchObject({ tokens_refunded: 40_000, tokens_held: 0 });
      expect((await runAudit(app.db)).ok).toBe(true);
    });
  });

  describe('POST /payments/checkout', () => {
    it('sells tokens on a page of Stripe, whose news may be lost', async () => {
      const opened = await studio.call('POST /payments/checkout', {
        ...urls,
        purpose: 'token_purchase',
        tokens_to_purchase: 100_000,
      });
      expect(opened.statusCode, opened.body).toBe(201);
      const { transaction_id, checkout_url } = opened.json();
      const [request] = sent('/v1/checkout/sessions');
      expect(request).toMatchObject({
        idempotency_key: transaction_id,
        form: {
          mode: 'payment',
          ...urls,
          'line_items[0][price_data][unit_amount]': '1000',
          'line_items[0][price_data][currency]': 'usd',
          'payment_intent_data[metadata][transaction_id]': transaction_id,
          'metadata[checkout_id]': transaction_id,
        },
      });
      const session_id = checkout_url.replace('https://checkout.example/', '');
      await after(HOUR_MS);
      expect(await journal()).toMatchObject([{ status: 'pending', action_url: checkout_url }]);
      double.complete(session_id);
      await after(HOUR_MS);
      const [charge] = chargesOf();
      expect(await journal()).toMatchObject([{ status: 'settled', external_transaction_id: charge?.id }]);
    });

    it('expires the page that nobody used within a day', async () => {
      const { checkout_url } = (
        await studio.call('POST /payments/checkout', {
          ...urls,
          purpose: 'token_purchase',
          tokens_to_purchase: 1000,
        })
      ).json();
      await after(25 * HOUR_MS);
      const session = double.resources.get(checkout_url.replace('https://checkout.example/', ''));
      expect(session?.status).toBe('expired');
      expect(await journal()).toMatchObject([{ status: 'failed', failure_code: 'action_expired' }]);
    });

    it('saves a card on a page of Stripe', async () => {
      const { checkout_url } = (
        await studio.call('POST /payments/checkout', { ...urls, purpose: 'setup' })
      ).json();
      double.complete(checkout_url.replace('https://checkout.example/', ''));
      await after(24 * HOUR_MS);
      expect((await studio.call('GET /payment-methods')).json().data).toMatchObject([
        { brand: 'visa', is_default: true },
      ]);
    });
  });

  it('204: a card that is removed is with nobody at Stripe, and may be removed again', async () => {
    const { payment_method_id } = (await save('pm_card_visa')).json();
    const [card] = double.made('pm_').filter(({ customer }) => customer !== null);
    expect((await studio.call(`DELETE /payment-methods/${payment_method_id}`)).statusCode).toBe(204);
    expect(double.requests.at(-1)?.path).toMatch(/^\/v1\/payment_methods\/pm_\w+\/detach$/);
    expect(card).toBeDefined();
  });
});
