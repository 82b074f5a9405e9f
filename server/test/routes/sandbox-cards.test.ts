import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { sandboxProvider } from '../../src/payments/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const HOUR_MS = 60 * 60 * 1000;

describeOnEachDatabase('the cards of the sandbox', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    // A real provider has ten seconds to answer; nobody waits that long for one that never does.
    app = await testApp(getDb(), { payments: { ...sandboxProvider(), deadline_ms: 50 } });
  });
  afterAll(() => app.server.close());

  const buyWith = (studio: Studio, payment_method: string, key?: string) =>
    studio.call(
      'POST /ai-tokens/purchase',
      { tokens_to_purchase: 1000, payment_method },
      key === undefined ? {} : { 'idempotency-key': key },
    );
  const journal = async (studio: Studio) => (await studio.call('GET /transactions')).json().data;
  const confirm = (studio: Studio, transaction_id: string, choice?: string) =>
    studio.call('POST /payments/sandbox/confirm', { transaction_id, ...(choice && { choice }) });
  const after = async (milliseconds: number) => {
    app.clock.advance(milliseconds);
    await app.composition.runner.runDue();
  };

  it.each([
    ['sandbox_card_declined', 'card_declined'],
    ['sandbox_card_insufficient_funds', 'insufficient_funds'],
    ['no_such_card', 'payment_method_unknown'],
  ])('402 payment_declined: %s says %s', async (card, decline_code) => {
    const studio = await makeStudio(app);
    const answer = await buyWith(studio, card);
    expect(refusal(answer)).toEqual([402, 'payment_declined']);
    const { transaction_id, detail } = answer.json();
    expect(answer.json()).toMatchObject({ decline_code, detail: expect.stringContaining('sandbox') });
    expect(await journal(studio)).toMatchObject([
      { transaction_id, status: 'failed', failure_code: decline_code, failure_reason: detail },
    ]);
    expect((await studio.balance()).tokens_remaining).toBe(0);
  });

  it('503 payments_unavailable: sandbox_card_hangs never answers, and the payment stays open', async () => {
    const studio = await makeStudio(app);
    expect(refusal(await buyWith(studio, 'sandbox_card_hangs'))).toEqual([503, 'payments_unavailable']);
    expect(await journal(studio)).toMatchObject([{ status: 'pending' }]);
    await after(25 * HOUR_MS);
    expect(await journal(studio)).toMatchObject([{ status: 'failed', failure_code: 'never_made' }]);
  });

  describe('sandbox_card_confirm', () => {
    it('402 payment_action_required: says where to confirm it, and asking again says the same', async () => {
      const studio = await makeStudio(app);
      const key = freshId('key');
      const answer = await buyWith(studio, 'sandbox_card_confirm', key);
      expect(refusal(answer)).toEqual([402, 'payment_action_required']);
      const { transaction_id, action_url } = answer.json();
      expect(action_url).toBe(`http://127.0.0.1:4600/payments/sandbox/${studio.tenant_id}/${transaction_id}`);
      expect((await buyWith(studio, 'sandbox_card_confirm', key)).json()).toMatchObject({
        transaction_id,
        action_url,
      });
      expect(await journal(studio)).toMatchObject([{ transaction_id, status: 'pending', action_url }]);
      expect((await studio.balance()).tokens_remaining).toBe(0);
    });

    it('201: asked again with its key after it was confirmed', async () => {
      const studio = await makeStudio(app);
      const key = freshId('key');
      const { transaction_id } = (await buyWith(studio, 'sandbox_card_confirm', key)).json();
      const confirmed = await confirm(studio, transaction_id);
      expect(confirmed.json()).toEqual({
        transaction_id,
        status: 'settled',
        external_transaction_id: `sandbox_charge_${transaction_id}`,
        failure_code: null,
      });
      const bought = await buyWith(studio, 'sandbox_card_confirm', key);
      expect(bought).toMatchObject({ statusCode: 201, headers: { 'idempotent-replayed': 'true' } });
      expect(bought.json()).toMatchObject({ transaction_id, balance: 1000 });
      expect((await confirm(studio, transaction_id, 'decline')).json().status).toBe('settled');
      expect(await journal(studio)).toMatchObject([{ status: 'settled', action_url: null }]);
      expect((await runAudit(app.db)).ok).toBe(true);
    });

    it('402 payment_declined: what its owner declined frees the key', async () => {
      const studio = await makeStudio(app);
      const key = freshId('key');
      const { transaction_id } = (await buyWith(studio, 'sandbox_card_confirm', key)).json();
      expect((await confirm(studio, transaction_id, 'decline')).json()).toMatchObject({
        status: 'failed',
        failure_code: 'authentication_failed',
      });
      const next = await buyWith(studio, 'sandbox_card_confirm', key);
      expect(refusal(next)).toEqual([402, 'payment_action_required']);
      expect(next.json().transaction_id).not.toBe(transaction_id);
    });

    it('gives a payment up that nobody confirmed within a day', async () => {
      const studio = await makeStudio(app);
      const { transaction_id } = (await buyWith(studio, 'sandbox_card_confirm')).json();
      await after(23 * HOUR_MS);
      expect(await journal(studio)).toMatchObject([{ transaction_id, status: 'pending' }]);
      await after(2 * HOUR_MS);
      expect(await journal(studio)).toMatchObject([{ status: 'failed', failure_code: 'action_expired' }]);
      expect((await confirm(studio, transaction_id)).json().status).toBe('failed');
    });
  });

  describe('POST /payments/sandbox/confirm', () => {
    it('404 not_found: a payment of nobody, or of another tenant', async () => {
      const [studio, other] = [await makeStudio(app), await makeStudio(app)];
      const { transaction_id } = (await buyWith(studio, 'sandbox_card_confirm')).json();
      expect(refusal(await confirm(other, transaction_id))).toEqual([404, 'not_found']);
    });

    it('409 payment_not_waiting: a payment whose provider has not answered', async () => {
      const studio = await makeStudio(app);
      await buyWith(studio, 'sandbox_card_hangs');
      const [{ transaction_id }] = await journal(studio);
      expect(refusal(await confirm(studio, transaction_id))).toEqual([409, 'payment_not_waiting']);
    });

    it('404 sandbox_disabled: with another provider', async () => {
      const studio = await makeStudio(app);
      const { transaction_id } = (await buyWith(studio, 'sandbox_card_confirm')).json();
      const { operator_key } = app;
      const other = await testApp(getDb(), {
        operator_key,
        payments: { ...sandboxProvider(), name: 'bank' },
      });
      const answer = await other.call('POST /payments/sandbox/confirm', {
        key: studio.key,
        body: { transaction_id },
      });
      expect(refusal(answer)).toEqual([404, 'sandbox_disabled']);
      await other.server.close();
    });
  });
});
