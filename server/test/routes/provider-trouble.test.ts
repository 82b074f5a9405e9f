import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { type FlakyProvider, flakyProvider, type Mood } from './flaky-provider.ts';
import { freshId, makeStudio, type Studio, studioOf } from './token-fixtures.ts';

const patience_ms = 60_000;
const UNKNOWN: readonly Mood[] = ['hangs', 'dies', 'fails'];

describeOnEachDatabase('a payment provider in trouble', (getDb) => {
  let app: TestApp;
  let provider: FlakyProvider;
  beforeAll(async () => {
    provider = flakyProvider();
    app = await testApp(getDb(), { payments: provider });
  });
  beforeEach(() => {
    provider.mood = 'works';
    provider.gate = undefined;
    provider.calls.length = 0;
    provider.moved.clear();
  });
  afterAll(() => app.server.close());

  const body = { tokens_to_purchase: 1000 };
  const buy = (studio: Studio, key?: string, more = {}) =>
    studio.call('POST /ai-tokens/purchase', { ...body, ...more }, key ? { 'idempotency-key': key } : {});
  const refund = (studio: Studio, transaction_id: string, key?: string, amount_cents = 6) =>
    studio.call(
      'POST /refunds',
      { transaction_id, amount_cents, reason: 'x' },
      key ? { 'idempotency-key': key } : {},
    );
  const journal = async (studio: Studio, query = '') =>
    (await studio.call(`GET /transactions${query}`)).json().data as Record<string, unknown>[];
  const job = async (after_ms = patience_ms): Promise<void> => {
    app.clock.advance(after_ms);
    await app.composition.runner.runDue();
  };
  /** What money really moved for a studio: the job may finish what another test left open. */
  const charged = async (studio: Studio): Promise<bigint> => {
    const ids = (await journal(studio)).map((row) => String(row.transaction_id));
    return ids.reduce((sum, id) => sum + (provider.moved.get(id) ?? 0n), 0n);
  };

  describe.each(UNKNOWN)('a charge whose provider %s', (mood) => {
    it('503 payments_unavailable: nothing is credited, and what is under way stays on record', async () => {
      const studio = await makeStudio(app);
      provider.mood = mood;
      const answer = await buy(studio);
      expect(refusal(answer)).toEqual([503, 'payments_unavailable']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(await journal(studio)).toMatchObject([{ status: 'pending', tokens: 1000, balance_after: null }]);
      expect((await studio.balance()).tokens_remaining).toBe(0);
    });

    it('201: a retry with the same Idempotency-Key joins it, so that there is one charge', async () => {
      const studio = await makeStudio(app);
      const key = freshId('key');
      provider.mood = mood;
      expect((await buy(studio, key)).statusCode).toBe(503);
      expect((await buy(studio, key)).statusCode).toBe(503);
      provider.mood = 'works';
      const joined = await buy(studio, key);
      expect([joined.statusCode, joined.json().balance]).toEqual([201, 1000]);
      const replayed = await buy(studio, key);
      expect([replayed.statusCode, replayed.headers['idempotent-replayed']]).toEqual([201, 'true']);
      expect(replayed.json()).toEqual(joined.json());
      expect([...provider.moved.keys()]).toEqual([joined.json().transaction_id]);
      expect(new Set(provider.calls).size).toBe(1);
      expect(await journal(studio)).toHaveLength(1);
    });

    it('422 idempotency_key_reused: another body under that key, also while it is under way', async () => {
      const studio = await makeStudio(app);
      const key = freshId('key');
      provider.mood = mood;
      await buy(studio, key);
      expect(refusal(await buy(studio, key, { tokens_to_purchase: 2000 }))).toEqual([
        422,
        'idempotency_key_reused',
      ]);
    });

    it('is reconciled by the job without the client, once its patience is over', async () => {
      const studio = await makeStudio(app);
      const key = freshId('key');
      provider.mood = mood;
      await buy(studio, key);
      provider.mood = 'works';
      await job(patience_ms - 1);
      expect((await studio.balance()).tokens_remaining).toBe(0);
      await job(1);
      expect((await studio.balance()).tokens_remaining).toBe(1000);
      expect(await charged(studio)).toBe(10n);
      // The client that comes back later is told what became of it.
      const late = await buy(studio, key);
      expect([late.statusCode, late.headers['idempotent-replayed']]).toEqual([201, 'true']);
      expect(await journal(studio)).toMatchObject([{ status: 'settled', tokens: 1000 }]);
    });
  });

  it('the job tries again, with growing pauses, while the provider is away', async () => {
    const studio = await makeStudio(app);
    provider.mood = 'fails';
    await buy(studio);
    for (const pause of [patience_ms, 10_000, 20_000, 40_000]) await job(pause);
    expect(provider.calls).toHaveLength(5);
    await job(40_000);
    expect(provider.calls).toHaveLength(5);
    provider.mood = 'works';
    await job(40_000);
    expect((await studio.balance()).tokens_remaining).toBe(1000);
    await job(3_600_000);
    expect(provider.calls).toHaveLength(6);
  });

  it('a charge that the job hears was declined ends as failed, and its key is free', async () => {
    const studio = await makeStudio(app);
    const key = freshId('key');
    provider.mood = 'hangs';
    await buy(studio, key);
    provider.mood = 'declines';
    await job();
    expect(await journal(studio)).toMatchObject([{ status: 'failed', failure_code: 'expired_card' }]);
    provider.mood = 'works';
    expect((await buy(studio, key, { tokens_to_purchase: 2000 })).statusCode).toBe(201);
    expect((await studio.balance()).tokens_remaining).toBe(2000);
  });

  it('402 payment_declined: leaves no trace under its key, so another card may be tried', async () => {
    const studio = await makeStudio(app);
    const key = freshId('key');
    provider.mood = 'declines';
    expect(refusal(await buy(studio, key))).toEqual([402, 'payment_declined']);
    provider.mood = 'works';
    const again = await buy(studio, key, { payment_method: 'sandbox_card' });
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, undefined]);
    expect((await journal(studio)).map((row) => row.status).sort()).toEqual(['failed', 'settled']);
  });

  it('two twins that meet at the provider are one charge', async () => {
    const studio = await makeStudio(app);
    const key = freshId('key');
    const open = Promise.withResolvers<void>();
    provider.gate = open.promise;
    provider.deadline_ms = 20_000;
    const twins = [buy(studio, key), buy(studio, key)];
    await expect.poll(() => provider.calls.length).toBe(2);
    open.resolve();
    const answers = await Promise.all(twins);
    provider.deadline_ms = 50;
    expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201]);
    expect(answers[0]?.json()).toEqual(answers[1]?.json());
    const replayed = answers.filter((answer) => answer.headers['idempotent-replayed'] === 'true');
    expect(replayed).toHaveLength(1);
    expect(await charged(studio)).toBe(10n);
    expect((await studio.balance()).tokens_purchased).toBe(1000);
  });

  it('without a key two purchases are two purchases', async () => {
    const studio = await makeStudio(app);
    await Promise.all([buy(studio), buy(studio)]);
    expect(await charged(studio)).toBe(20n);
    expect((await studio.balance()).tokens_purchased).toBe(2000);
  });

  it('another process finishes what one began and died over', async () => {
    const studio = await makeStudio(app);
    provider.mood = 'dies';
    await buy(studio);
    const other = await testApp(getDb(), {
      clock: app.clock,
      payments: provider,
      operator_key: 'x'.repeat(32),
    });
    provider.mood = 'works';
    app.clock.advance(patience_ms);
    await Promise.all([app.composition.runner.runDue(), other.composition.runner.runDue()]);
    expect((await studioOf(other, studio.tenant_id, studio.key).balance()).tokens_remaining).toBe(1000);
    expect(await charged(studio)).toBe(10n);
    await other.server.close();
  });

  describe('a refund', () => {
    it.each(UNKNOWN)(
      '503 payments_unavailable: whose provider %s pins its tokens, and ends once',
      async (mood) => {
        const studio = await makeStudio(app);
        const { transaction_id } = await studio.buy(1000);
        const key = freshId('key');
        provider.mood = mood;
        expect(refusal(await refund(studio, transaction_id, key))).toEqual([503, 'payments_unavailable']);
        expect(await studio.balance()).toMatchObject({
          tokens_held: 600,
          tokens_remaining: 400,
          tokens_refunded: 0,
        });
        const use = { tokens_used: 401, feature_type: 'ad_generation' };
        expect((await studio.call('POST /ai-tokens/usage', use)).statusCode).toBe(402);
        expect(refusal(await refund(studio, transaction_id, undefined, 1))).toEqual([
          409,
          'transaction_pending',
        ]);
        provider.mood = 'works';
        const joined = await refund(studio, transaction_id, key);
        expect([joined.statusCode, joined.json().tokens_refunded]).toEqual([201, 600]);
        expect(await studio.balance()).toMatchObject({
          tokens_held: 0,
          tokens_remaining: 400,
          tokens_refunded: 600,
        });
        expect(await charged(studio)).toBe(4n);
      },
    );

    it('is finished by the job without the client', async () => {
      const studio = await makeStudio(app);
      const { transaction_id } = await studio.buy(1000);
      provider.mood = 'dies';
      await refund(studio, transaction_id);
      provider.mood = 'works';
      await job();
      expect(await studio.balance()).toMatchObject({ tokens_held: 0, tokens_refunded: 600 });
      expect(await charged(studio)).toBe(4n);
    });

    it('402 payment_declined: that the provider refuses frees its tokens', async () => {
      const studio = await makeStudio(app);
      const { transaction_id } = await studio.buy(1000);
      provider.mood = 'declines';
      expect(refusal(await refund(studio, transaction_id))).toEqual([402, 'payment_declined']);
      expect(await studio.balance()).toMatchObject({
        tokens_held: 0,
        tokens_remaining: 1000,
        tokens_refunded: 0,
      });
      provider.mood = 'works';
      expect((await refund(studio, transaction_id)).statusCode).toBe(201);
    });

    it('409 transaction_pending: of a purchase that has not settled yet', async () => {
      const studio = await makeStudio(app);
      provider.mood = 'hangs';
      await buy(studio);
      const [pending] = await journal(studio);
      expect(refusal(await refund(studio, String(pending?.transaction_id)))).toEqual([
        409,
        'transaction_pending',
      ]);
      provider.mood = 'works';
      await job();
      expect((await refund(studio, String(pending?.transaction_id))).statusCode).toBe(201);
    });
  });
});
