import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxProvider } from '../../src/payments/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

describeOnEachDatabase('payment methods', (getDb) => {
  let app: TestApp;
  /** What the provider was asked to save and to forget. */
  const asked: string[] = [];
  beforeAll(async () => {
    const sandbox = sandboxProvider();
    app = await testApp(getDb(), {
      payments: {
        ...sandbox,
        saveCard: (token, customer, signal) => {
          asked.push(`save ${token} of ${customer}`);
          return sandbox.saveCard(token, customer, signal);
        },
        removeCard: async (external_id) => void asked.push(`remove ${external_id}`),
      },
    });
  });
  afterAll(() => app.server.close());

  const save = (studio: Studio, token: string, more = {}, headers = {}) =>
    studio.call('POST /payment-methods', { token, ...more }, headers);
  const listed = async (studio: Studio) => (await studio.call('GET /payment-methods')).json().data;

  describe('POST /payment-methods', () => {
    it('201: the first one becomes the default', async () => {
      const studio = await makeStudio(app);
      const answer = await save(studio, 'sandbox_card');
      expect(answer.statusCode, answer.body).toBe(201);
      expect(answer.json()).toEqual({
        payment_method_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        provider: 'sandbox',
        brand: 'sandbox',
        last4: '4242',
        expires_month: 12,
        expires_year: 2099,
        is_default: true,
        created_at: expect.any(String),
      });
      expect((await save(studio, 'sandbox_card_declined')).json().is_default).toBe(false);
      const third = (await save(studio, 'sandbox_card_confirm', { make_default: true })).json();
      const methods = (await listed(studio)) as { is_default: boolean }[];
      expect(methods).toHaveLength(3);
      expect(methods.filter(({ is_default }) => is_default)).toEqual([third]);
    });

    it('200: a card that was saved before is the same method', async () => {
      const studio = await makeStudio(app);
      const first = (await save(studio, 'sandbox_card')).json();
      const again = await save(studio, 'sandbox_card');
      expect([again.statusCode, again.json()]).toEqual([200, first]);
      const together = await Promise.all([1, 2, 3].map(() => save(studio, 'sandbox_card_confirm')));
      expect(together.map((answer) => answer.statusCode).toSorted()).toEqual([200, 200, 201]);
      expect(await listed(studio)).toHaveLength(2);
    });

    it('a repeat with its Idempotency-Key asks nobody, and another body is 422', async () => {
      const studio = await makeStudio(app);
      const header = { 'idempotency-key': freshId('key') };
      const first = await save(studio, 'sandbox_card', {}, header);
      const count = asked.length;
      const again = await save(studio, 'sandbox_card', {}, header);
      expect(again).toMatchObject({ statusCode: 201, headers: { 'idempotent-replayed': 'true' } });
      expect(again.json()).toEqual(first.json());
      expect(refusal(await save(studio, 'sandbox_card_confirm', {}, header))).toEqual([
        422,
        'idempotency_key_reused',
      ]);
      expect(asked).toHaveLength(count);
    });

    it('422 payment_method_refused: a token that the provider does not know', async () => {
      const studio = await makeStudio(app);
      const answer = await save(studio, 'no_such_card');
      expect(refusal(answer)).toEqual([422, 'payment_method_refused']);
      expect(answer.json().decline_code).toBe('payment_method_unknown');
      expect(await listed(studio)).toEqual([]);
    });

    it('409 payment_methods_too_many: a tenant may have 50', async () => {
      const { operator_key } = app;
      const sandbox = sandboxProvider();
      const many = await testApp(getDb(), {
        operator_key,
        payments: {
          ...sandbox,
          saveCard: async (external_id) => ({
            status: 'saved',
            card: { external_id, brand: 'visa', last4: null, expires_month: null, expires_year: null },
          }),
        },
      });
      const studio = await makeStudio(many);
      for (let count = 0; count < 50; count += 1) await save(studio, `card ${count}`);
      expect(refusal(await save(studio, 'one more'))).toEqual([409, 'payment_methods_too_many']);
      expect((await save(studio, 'card 7')).statusCode).toBe(200);
      await many.server.close();
    });

    it('503 payments_unavailable: without a provider', async () => {
      const { operator_key } = app;
      const without = await testApp(getDb(), { operator_key, payments: null });
      const studio = await makeStudio(without);
      expect(refusal(await save(studio, 'sandbox_card'))).toEqual([503, 'payments_unavailable']);
      expect(await listed(studio)).toEqual([]);
      await without.server.close();
    });
  });

  it('a purchase without a named method charges the default one, and a named one otherwise', async () => {
    const studio = await makeStudio(app);
    const buy = (payment_method?: string) =>
      studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 1000, payment_method });
    const good = (await save(studio, 'sandbox_card')).json();
    const bad = (await save(studio, 'sandbox_card_declined', { make_default: true })).json();
    expect(refusal(await buy())).toEqual([402, 'payment_declined']);
    expect((await buy(good.payment_method_id)).statusCode).toBe(201);
    await studio.call(`POST /payment-methods/${good.payment_method_id}/default`, {});
    expect((await buy()).statusCode).toBe(201);
    expect(refusal(await buy(bad.payment_method_id.toUpperCase()))).toEqual([402, 'payment_declined']);
    const other = await makeStudio(app);
    expect(refusal(await save(other, 'sandbox_card').then(() => buy(other.tenant_id)))).toEqual([
      404,
      'not_found',
    ]);
  });

  it('402 payment_method_missing: a provider without a card for everybody', async () => {
    const { operator_key } = app;
    const strict = await testApp(getDb(), {
      operator_key,
      payments: { ...sandboxProvider(), needs_method: true },
    });
    const studio = await makeStudio(strict);
    const answer = await studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 1000 });
    expect(refusal(answer)).toEqual([402, 'payment_method_missing']);
    expect((await studio.call('GET /transactions')).json().data).toEqual([]);
    await strict.server.close();
  });

  describe('DELETE /payment-methods/{id}', () => {
    it('204: forgets it here and at the provider, and leaves no default', async () => {
      const studio = await makeStudio(app);
      const first = (await save(studio, 'sandbox_card')).json();
      await save(studio, 'sandbox_card_confirm');
      const path = `DELETE /payment-methods/${first.payment_method_id}` as const;
      const header = { 'idempotency-key': freshId('key') };
      expect((await studio.call(path, undefined, header)).statusCode).toBe(204);
      expect(asked.at(-1)).toBe('remove sandbox_card');
      const replay = await studio.call(path, undefined, header);
      expect(replay).toMatchObject({ statusCode: 204, headers: { 'idempotent-replayed': 'true' } });
      expect(refusal(await studio.call(path))).toEqual([404, 'not_found']);
      expect(await listed(studio)).toMatchObject([{ is_default: false }]);
      // Saved again it is another method.
      expect((await save(studio, 'sandbox_card')).statusCode).toBe(201);
    });

    it('404 not_found: another tenant cannot touch it', async () => {
      const [studio, other] = [await makeStudio(app), await makeStudio(app)];
      const { payment_method_id } = (await save(studio, 'sandbox_card')).json();
      expect(refusal(await other.call(`DELETE /payment-methods/${payment_method_id}`))).toEqual([
        404,
        'not_found',
      ]);
      const path = `POST /payment-methods/${payment_method_id}/default` as const;
      expect(refusal(await other.call(path, {}))).toEqual([404, 'not_found']);
      expect(await listed(studio)).toHaveLength(1);
    });
  });
});
