import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { freshId, makeStudio, studioOf } from './token-fixtures.ts';

const MOST = Number.MAX_SAFE_INTEGER;

describeOnEachDatabase('POST /ai-tokens/purchase', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());
  const path = 'POST /ai-tokens/purchase';

  it('201: 100,000 tokens cost 1000 cents and are credited', async () => {
    const studio = await makeStudio(app);
    const answer = await studio.call(path, { tokens_to_purchase: 100_000 });
    expect(answer.statusCode).toBe(201);
    const { transaction_id } = answer.json();
    expect(answer.json()).toEqual({
      transaction_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      external_transaction_id: `sandbox_charge_${transaction_id}`,
      tokens_purchased: 100_000,
      amount_cents: 1000,
      currency: 'USD',
      status: 'settled',
      balance: 100_000,
    });
    expect(answer.headers['idempotent-replayed']).toBeUndefined();
    const more = await studio.buy(1000);
    expect(more.balance).toBe(101_000);
  });

  it.each([
    [100, 1],
    [149, 1],
    [150, 2],
    [250, 2],
    [350, 4],
    [251, 3],
    [1_234_567, 12_346],
    [MOST, 90_071_992_547_410],
  ])('201: %i tokens cost %i cents, rounded once and half to even', async (tokens, cents) => {
    const studio = await makeStudio(app, { currency: 'EUR' });
    const answer = await studio.call(path, { tokens_to_purchase: tokens });
    expect(answer.json()).toMatchObject({ tokens_purchased: tokens, amount_cents: cents, currency: 'EUR' });
  });

  it('a replay answers as it did, whatever the price and the provider have become since', async () => {
    const studio = await makeStudio(app);
    const { tenant_id, key } = studio;
    const [order, wire] = [freshId('order'), freshId('wire')];
    const header = { 'idempotency-key': order };
    const bought = await studio.call(path, { tokens_to_purchase: 100 }, header);
    const paid = await studio.operate(path, { tokens_to_purchase: 100, transaction_id: wire });
    const later = await testApp(getDb(), {
      operator_key: 'y'.repeat(32),
      payments: null,
      env: { TOKEN_PRICE_CENTS_PER_1K: '1' },
    });
    const again = studioOf(later, tenant_id, key);
    const replay = await again.call(path, { tokens_to_purchase: 100 }, header);
    expect([replay.statusCode, replay.json()]).toEqual([201, bought.json()]);
    const repeat = await again.operate(path, { tokens_to_purchase: 100, transaction_id: wire });
    expect([repeat.statusCode, repeat.json()]).toEqual([200, paid.json()]);
    const dearer = await again.operate(path, { tokens_to_purchase: 100, transaction_id: freshId('wire') });
    expect([dearer.statusCode, dearer.json().code]).toEqual([422, 'price_too_small']);
    await later.server.close();
  });

  it('201: the price is that of TOKEN_PRICE_CENTS_PER_1K, and the transaction says which', async () => {
    const dear = await testApp(getDb(), {
      operator_key: 'x'.repeat(32),
      env: { TOKEN_PRICE_CENTS_PER_1K: '12.5' },
    });
    const { tenant_id, key } = await makeStudio(app);
    const studio = studioOf(dear, tenant_id, key);
    const { amount_cents } = await studio.buy(1000);
    // 12.5 cents are halfway: the even neighbour is 12.
    expect(amount_cents).toBe(12);
    const [transaction] = (await studio.call('GET /transactions')).json().data;
    expect(transaction.price_version).toBe('default:12.5_cents_per_1k');
    await dear.server.close();
  });

  it('422 price_too_small: 99 tokens would cost less than a cent, and nothing happens', async () => {
    const studio = await makeStudio(app);
    expect(refusal(await studio.call(path, { tokens_to_purchase: 99 }))).toEqual([422, 'price_too_small']);
    expect((await studio.call('GET /transactions')).json().data).toEqual([]);
    expect((await studio.balance()).tokens_purchased).toBe(0);
  });

  it('422 amount_out_of_range: over 2^53-1 tokens in all are refused before anybody is charged', async () => {
    const studio = await makeStudio(app);
    await studio.buy(MOST - 99);
    expect(refusal(await studio.call(path, { tokens_to_purchase: 100 }))).toEqual([
      422,
      'amount_out_of_range',
    ]);
    const body = { tokens_to_purchase: 100, transaction_id: freshId('paid') };
    expect(refusal(await studio.operate(path, body))).toEqual([422, 'amount_out_of_range']);
    expect((await studio.call('GET /transactions')).json().data).toHaveLength(1);
    expect((await studio.call('GET /transactions?status=pending')).json().data).toEqual([]);
  });

  it('422 amount_out_of_range: also for two purchases at once, of which only one fits', async () => {
    const studio = await makeStudio(app);
    const answers = await Promise.all([1, 2].map(() => studio.call(path, { tokens_to_purchase: MOST })));
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([201, 422]);
    expect((await studio.call('GET /transactions?status=pending')).json().data).toEqual([]);
    expect((await studio.balance()).tokens_remaining).toBe(MOST);
  });

  it('402 payment_declined: nothing is credited, and the journal says that it failed', async () => {
    const studio = await makeStudio(app);
    const answer = await studio.call(path, {
      tokens_to_purchase: 1000,
      payment_method: 'sandbox_card_declined',
    });
    expect(refusal(answer)).toEqual([402, 'payment_declined']);
    expect(answer.headers['retry-after']).toBeUndefined();
    const { data } = (await studio.call('GET /transactions')).json();
    expect(data).toMatchObject([{ status: 'failed', failure_code: 'card_declined', balance_after: null }]);
    expect((await studio.balance()).tokens_remaining).toBe(0);
  });

  it('503 payments_unavailable: without a provider, where an operator can still record a payment', async () => {
    const { tenant_id, key } = await makeStudio(app);
    const operator_key = 'y'.repeat(32);
    const without = await testApp(getDb(), { operator_key, payments: null });
    const studio = studioOf(without, tenant_id, key);
    const answer = await studio.call(path, { tokens_to_purchase: 1000 });
    expect(refusal(answer)).toEqual([503, 'payments_unavailable']);
    expect((await studio.call('GET /transactions')).json().data).toEqual([]);
    const body = { tokens_to_purchase: 1000, transaction_id: 'bank-1' };
    expect((await studio.operate(path, body)).statusCode).toBe(201);
    await without.server.close();
  });

  describe('with the transaction_id of a payment made elsewhere', () => {
    const paid = (tokens_to_purchase = 1000) => ({ tokens_to_purchase, transaction_id: freshId('paid') });

    it('201: an operator asserts it, and no provider is asked', async () => {
      const studio = await makeStudio(app);
      const body = paid();
      const answer = await studio.operate(path, body);
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toMatchObject({ external_transaction_id: body.transaction_id, balance: 1000 });
      const [transaction] = (await studio.call('GET /transactions')).json().data;
      expect(transaction).toMatchObject({
        provider: null,
        status: 'settled',
        tokens: 1000,
        amount_cents: 10,
      });
    });

    it('403 operator_only: from a tenant key, whatever its scopes', async () => {
      const studio = await makeStudio(app);
      expect(refusal(await studio.call(path, paid()))).toEqual([403, 'operator_only']);
      expect((await studio.balance()).tokens_remaining).toBe(0);
    });

    it('200: the same payment again credits nothing and answers as it did', async () => {
      const studio = await makeStudio(app);
      const body = paid();
      const first = await studio.operate(path, body);
      await studio.use(1);
      const again = await studio.operate(path, body);
      expect(again.statusCode).toBe(200);
      expect(again.headers['idempotent-replayed']).toBe('true');
      expect(again.json()).toEqual(first.json());
      expect((await studio.balance()).tokens_purchased).toBe(1000);
    });

    it('200: also years later, because a transaction_id is for ever', async () => {
      const studio = await makeStudio(app);
      const body = paid();
      await studio.operate(path, body, { 'idempotency-key': 'first' });
      app.clock.advance(5 * 365 * 86_400_000);
      await app.composition.runner.runDue();
      const again = await studio.operate(path, body, { 'idempotency-key': 'first' });
      expect(again.statusCode).toBe(200);
      expect((await studio.balance()).tokens_purchased).toBe(1000);
    });

    it('422 transaction_id_reused: with another amount', async () => {
      const studio = await makeStudio(app);
      const body = paid();
      await studio.operate(path, body);
      const other = await studio.operate(path, { ...body, tokens_to_purchase: 2000 });
      expect(refusal(other)).toEqual([422, 'transaction_id_reused']);
      expect((await studio.balance()).tokens_purchased).toBe(1000);
    });

    it('201: the same transaction_id of another tenant is another payment', async () => {
      const body = paid();
      const [one, other] = [await makeStudio(app), await makeStudio(app)];
      await one.operate(path, body);
      expect((await other.operate(path, body)).statusCode).toBe(201);
    });

    it('a refusal leaves no trace: what was too small binds no transaction_id', async () => {
      const studio = await makeStudio(app);
      const body = paid(99);
      expect((await studio.operate(path, body)).statusCode).toBe(422);
      expect((await studio.operate(path, { ...body, tokens_to_purchase: 100 })).statusCode).toBe(201);
    });

    it('where an Idempotency-Key matches too, the key’s replay is given', async () => {
      const studio = await makeStudio(app);
      const body = paid();
      const key = { 'idempotency-key': freshId('key') };
      const first = await studio.operate(path, body, key);
      const by_key = await studio.operate(path, body, key);
      expect([by_key.statusCode, by_key.headers['idempotent-replayed']]).toEqual([201, 'true']);
      expect(by_key.json()).toEqual(first.json());
      const by_id = await studio.operate(path, body, { 'idempotency-key': freshId('key') });
      expect([by_id.statusCode, by_id.headers['idempotent-replayed']]).toEqual([200, 'true']);
      const other = await studio.operate(path, { ...body, tokens_to_purchase: 2000 }, key);
      expect(refusal(other)).toEqual([422, 'idempotency_key_reused']);
    });

    it('two at once credit once', async () => {
      const studio = await makeStudio(app);
      const body = paid();
      const answers = await Promise.all([1, 2, 3, 4].map(() => studio.operate(path, body)));
      expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 200, 200, 201]);
      expect((await studio.balance()).tokens_purchased).toBe(1000);
    });
  });
});
