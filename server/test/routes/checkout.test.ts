import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describeOnEachDatabase('POST /payments/checkout', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { env: { PUBLIC_URL: 'https://pay.example' } });
  });
  afterAll(() => app.server.close());

  const urls = { success_url: 'https://host.example/paid', cancel_url: 'https://host.example/left' };
  const open = (studio: Studio, body: object, headers = {}) =>
    studio.call('POST /payments/checkout', { ...urls, ...body }, headers);
  const pathOf = (url: string) => url.replace('https://pay.example', '');
  const look = (url: string) => app.server.inject({ url: pathOf(url) });
  const choose = (url: string, choice: string) =>
    app.server.inject({
      method: 'POST',
      url: pathOf(url),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `choice=${choice}`,
    });
  const journal = async (studio: Studio) => (await studio.call('GET /transactions')).json().data;

  it('201: tokens are credited once somebody has paid on the page, once', async () => {
    const studio = await makeStudio(app);
    const opened = await open(studio, { purpose: 'token_purchase', tokens_to_purchase: 123_400 });
    expect(opened.statusCode, opened.body).toBe(201);
    const { transaction_id, checkout_url } = opened.json();
    expect(opened.json()).toEqual({
      checkout_id: transaction_id,
      checkout_url: `https://pay.example/payments/sandbox/${studio.tenant_id}/${transaction_id}`,
      purpose: 'token_purchase',
      transaction_id,
      amount_cents: 1234,
      currency: 'USD',
      expires_at: expect.any(String),
    });
    expect(await journal(studio)).toMatchObject([{ status: 'pending', action_url: checkout_url }]);
    const page = await look(checkout_url);
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('USD 12.34');
    expect(page.headers['content-security-policy']).toContain("form-action 'self' https://host.example;");
    const paid = await choose(checkout_url, 'pay');
    expect([paid.statusCode, paid.headers.location]).toEqual([303, urls.success_url]);
    expect((await choose(checkout_url, 'decline')).statusCode).toBe(303);
    expect(await journal(studio)).toMatchObject([{ transaction_id, status: 'settled', tokens: 123_400 }]);
    expect((await studio.balance()).tokens_remaining).toBe(123_400);
    expect((await look(checkout_url)).body).toContain('Done');
    expect((await runAudit(app.db)).ok).toBe(true);
  });

  it('201: nothing is credited where somebody declines, or nobody comes', async () => {
    const studio = await makeStudio(app);
    const sale = { purpose: 'token_purchase', tokens_to_purchase: 1000 };
    const { checkout_url } = (await open(studio, sale)).json();
    expect((await choose(checkout_url, 'decline')).headers.location).toBe(urls.cancel_url);
    app.clock.advance(1);
    const left = (await open(studio, sale)).json();
    app.clock.advance(DAY_MS + 1000);
    await app.composition.runner.runDue();
    expect(await journal(studio)).toMatchObject([
      { transaction_id: left.transaction_id, status: 'failed', failure_code: 'action_expired' },
      { status: 'failed', failure_code: 'authentication_failed' },
    ]);
    expect((await look(left.checkout_url)).body).toContain('Nothing was paid');
  });

  it('201: a card is saved, once, and becomes the default', async () => {
    const studio = await makeStudio(app);
    const opened = await open(studio, { purpose: 'setup' });
    expect(opened.json()).toMatchObject({ purpose: 'setup', transaction_id: null, amount_cents: null });
    const { checkout_url } = opened.json();
    expect((await look(checkout_url)).body).toContain('Save a card');
    const twice = await Promise.all([choose(checkout_url, 'pay'), choose(checkout_url, 'pay')]);
    expect(twice.map((answer) => answer.headers.location)).toEqual([urls.success_url, urls.success_url]);
    const { data } = (await studio.call('GET /payment-methods')).json();
    expect(data).toMatchObject([{ brand: 'sandbox', is_default: true }]);
    const late = (await open(studio, { purpose: 'setup' })).json();
    app.clock.advance(DAY_MS + 1000);
    await app.composition.runner.runDue();
    expect((await look(late.checkout_url)).body).toContain('Nothing was paid or saved');
  });

  it('201: the same page under the same Idempotency-Key', async () => {
    const studio = await makeStudio(app);
    const sale = { purpose: 'token_purchase', tokens_to_purchase: 1000 };
    const header = { 'idempotency-key': freshId('key') };
    const answers = await Promise.all([open(studio, sale, header), open(studio, sale, header)]);
    expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201]);
    expect(answers[1]?.json()).toEqual(answers[0]?.json());
    expect((await open(studio, sale, header)).json()).toEqual(answers[0]?.json());
    expect(await journal(studio)).toHaveLength(1);
    const other = { ...sale, tokens_to_purchase: 2000 };
    expect(refusal(await open(studio, other, header))).toEqual([422, 'idempotency_key_reused']);
  });

  it('refuses what cannot be sold before a page is opened', async () => {
    const studio = await makeStudio(app);
    const sale = (tokens_to_purchase: number) => ({ purpose: 'token_purchase', tokens_to_purchase });
    expect(refusal(await open(studio, sale(99)))).toEqual([422, 'price_too_small']);
    expect(refusal(await open(studio, { purpose: 'token_purchase' }))).toEqual([422, 'request_invalid']);
    expect(refusal(await open(studio, { ...sale(1000), success_url: 'javascript:alert(1)' }))).toEqual([
      422,
      'request_invalid',
    ]);
    const { operator_key } = app;
    const without = await testApp(getDb(), { operator_key, payments: null });
    const answer = await without.call('POST /payments/checkout', {
      key: studio.key,
      body: { ...urls, ...sale(1000) },
    });
    expect(refusal(answer)).toEqual([503, 'payments_unavailable']);
    await without.server.close();
  });

  it('shows no page for what does not wait, and takes no choice but two', async () => {
    const studio = await makeStudio(app);
    const { transaction_id } = await studio.buy(1000);
    const url = `/payments/sandbox/${studio.tenant_id}/${transaction_id}`;
    expect((await look(url)).body).toContain('Done');
    const other = await makeStudio(app);
    expect((await look(`/payments/sandbox/${other.tenant_id}/${transaction_id}`)).statusCode).toBe(404);
    expect((await look('/payments/sandbox/x/y')).statusCode).toBe(404);
    expect((await choose(url, 'steal')).statusCode).toBe(400);
    const { operator_key } = app;
    const off = await testApp(getDb(), { operator_key, payments: null });
    expect((await off.server.inject({ url })).statusCode).toBe(404);
    await off.server.close();
  });

  it('confirms on its page what a bank wants confirmed', async () => {
    const studio = await makeStudio(app);
    const asked = await studio.call('POST /ai-tokens/purchase', {
      tokens_to_purchase: 1000,
      payment_method: 'sandbox_card_confirm',
    });
    const { action_url } = asked.json();
    const done = await choose(action_url, 'pay');
    expect([done.statusCode, done.body]).toEqual([200, expect.stringContaining('Done')]);
    expect((await studio.balance()).tokens_remaining).toBe(1000);
  });
});
