import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeTenant, refusal } from '../tenants/tenant-fixtures.ts';

describeOnEachDatabase('GET /ai-tokens/purchase/quote', (getDb) => {
  let app: TestApp;
  let headers: Record<string, string>;
  beforeAll(async () => {
    app = await testApp(getDb());
    headers = { 'tallystick-tenant': await makeTenant(app, { currency: 'JPY' }) };
  });
  afterAll(() => app.server.close());
  const quote = (tokens: number | string) =>
    app.call(`GET /ai-tokens/purchase/quote?tokens_to_purchase=${tokens}`, { headers });

  it.each([100, 250, 350, 100_000])(
    '200: what a purchase of %i tokens then costs',
    async (tokens_to_purchase) => {
      const answer = await quote(tokens_to_purchase);
      const bought = await app.call('POST /ai-tokens/purchase', { headers, body: { tokens_to_purchase } });
      const { amount_cents, currency } = bought.json();
      expect(answer.json()).toEqual({
        tokens_to_purchase,
        amount_cents,
        currency,
        price_version: 'default:10_cents_per_1k',
        provider: 'sandbox',
      });
    },
  );

  it('200: names nobody to pay where payments are off', async () => {
    const unpaid = await testApp(getDb(), { operator_key: app.operator_key, payments: null });
    const answer = await unpaid.call('GET /ai-tokens/purchase/quote?tokens_to_purchase=1000', { headers });
    expect(answer.json()).toMatchObject({ amount_cents: 10, provider: null });
    await unpaid.server.close();
  });

  it('422: as a purchase would be refused', async () => {
    expect(refusal(await quote(99))).toEqual([422, 'price_too_small']);
    expect(refusal(await quote(0))).toEqual([422, 'request_invalid']);
    expect(refusal(await quote(Number.MAX_SAFE_INTEGER))).toEqual([200, undefined]);
  });
});
