import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/id/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

describeOnEachDatabase('POST /refunds', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());
  const refund = (studio: Studio, transaction_id: string, amount_cents?: number) =>
    studio.call('POST /refunds', {
      transaction_id,
      reason: 'asked',
      ...(amount_cents === undefined ? {} : { amount_cents }),
    });
  const bought = async (tokens = 1000) => {
    const studio = await makeStudio(app);
    return { studio, purchase: await studio.buy(tokens) };
  };

  it('201: all of an unused purchase, without an amount', async () => {
    const { studio, purchase } = await bought();
    const answer = await refund(studio, purchase.transaction_id);
    expect(answer.statusCode).toBe(201);
    const { transaction_id } = answer.json();
    expect(answer.json()).toEqual({
      transaction_id,
      reverses_transaction_id: purchase.transaction_id,
      external_transaction_id: `sandbox_refund_${transaction_id}`,
      amount_cents: 10,
      currency: 'USD',
      tokens_refunded: 1000,
      reason: 'asked',
      status: 'settled',
      balance: 0,
    });
    expect(await studio.balance()).toMatchObject({
      tokens_purchased: 1000,
      tokens_refunded: 1000,
      grants: [],
    });
    const [journal] = (await studio.call('GET /transactions?type=refund')).json().data;
    expect(journal).toMatchObject({ transaction_id, amount_cents: 10, tokens: 1000, provider: 'sandbox' });
  });

  it('201: in parts, and the tokens of each are in proportion to all that was refunded, rounded up', async () => {
    // 1030 tokens cost 10 cents (10.3): three cents of it are 309 tokens.
    const { studio, purchase } = await bought(1030);
    expect(purchase.amount_cents).toBe(10);
    const taken: number[] = [];
    for (const cents of [1, 1, 1, 7])
      taken.push((await refund(studio, purchase.transaction_id, cents)).json().tokens_refunded);
    expect(taken).toEqual([103, 103, 103, 721]);
    // 350 tokens cost 4 cents, so one cent is 87.5 of them: 88, then 87, then 88 again.
    const odd = await bought(350);
    const odd_taken: number[] = [];
    for (const cents of [1, 1, 1, 1])
      odd_taken.push((await refund(odd.studio, odd.purchase.transaction_id, cents)).json().tokens_refunded);
    expect(odd_taken).toEqual([88, 87, 88, 87]);
    expect(await odd.studio.balance()).toMatchObject({ tokens_refunded: 350, tokens_remaining: 0 });
  });

  it('422 refund_too_large: says what can be refunded, and that much is refunded then', async () => {
    const { studio, purchase } = await bought(100_000);
    await studio.use(30_000);
    await studio.hold(20_000);
    const refused = await refund(studio, purchase.transaction_id, 501);
    expect(refusal(refused)).toEqual([422, 'refund_too_large']);
    expect(refused.json().refundable_cents).toBe(500);
    expect((await refund(studio, purchase.transaction_id, 500)).json()).toMatchObject({
      amount_cents: 500,
      tokens_refunded: 50_000,
      balance: 0,
    });
    expect((await refund(studio, purchase.transaction_id)).json().refundable_cents).toBe(0);
  });

  it('422 refund_too_large: what is used up or expired has nothing to refund', async () => {
    const { studio, purchase } = await bought();
    await studio.use(1000);
    const refused = await refund(studio, purchase.transaction_id);
    expect(refusal(refused)).toEqual([422, 'refund_too_large']);
    expect(refused.json().refundable_cents).toBe(0);
  });

  it('422 refund_too_large: a refund after a refund knows of the first', async () => {
    const { studio, purchase } = await bought();
    await refund(studio, purchase.transaction_id, 6);
    const refused = await refund(studio, purchase.transaction_id, 5);
    expect(refused.json()).toMatchObject({ code: 'refund_too_large', refundable_cents: 4 });
    expect((await refund(studio, purchase.transaction_id, 4)).statusCode).toBe(201);
  });

  it('404 not_found: an unknown transaction, and one of another tenant', async () => {
    const { studio } = await bought();
    const other = await bought();
    expect(refusal(await refund(studio, newId(app.clock.now())))).toEqual([404, 'not_found']);
    expect(refusal(await refund(studio, other.purchase.transaction_id))).toEqual([404, 'not_found']);
    expect((await other.studio.balance()).tokens_refunded).toBe(0);
  });

  it('422 refund_not_possible: a grant, an expiry, a refund, and a purchase that failed', async () => {
    const { studio, purchase } = await bought();
    const expires_at = new Date(app.clock.now().getTime() + 1000).toISOString();
    await studio.operate('POST /ai-tokens/grants', { tokens: 5, reason: 'x', expires_at });
    app.clock.advance(1000);
    await refund(studio, purchase.transaction_id, 1);
    await studio.call('POST /ai-tokens/purchase', {
      tokens_to_purchase: 1000,
      payment_method: 'sandbox_card_declined',
    });
    await app.composition.runner.runDue();
    const { data } = (await studio.call('GET /transactions')).json();
    const others = data.filter(
      (row: { transaction_id: string }) => row.transaction_id !== purchase.transaction_id,
    );
    const kinds = others.map((row: { type: string; status: string }) => `${row.type} ${row.status}`).sort();
    expect(kinds).toEqual([
      'refund settled',
      'token_expiry settled',
      'token_grant settled',
      'token_purchase failed',
    ]);
    for (const { transaction_id } of others)
      expect(refusal(await refund(studio, transaction_id))).toEqual([422, 'refund_not_possible']);
  });

  it('201: a payment made elsewhere is paid back elsewhere', async () => {
    const studio = await makeStudio(app);
    const body = { tokens_to_purchase: 1000, transaction_id: 'bank-1' };
    const { transaction_id } = (await studio.operate('POST /ai-tokens/purchase', body)).json();
    const answer = await refund(studio, transaction_id);
    expect([answer.statusCode, answer.json().tokens_refunded]).toEqual([201, 1000]);
    const [journal] = (await studio.call('GET /transactions?type=refund')).json().data;
    expect(journal.provider).toBeNull();
  });

  it('201: what repaid a shortfall is used, and not refunded', async () => {
    const { studio } = await bought();
    const hold_id = await studio.hold(1000);
    await studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 1400 });
    const { transaction_id } = await studio.buy(1000);
    expect((await refund(studio, transaction_id)).json()).toMatchObject({
      amount_cents: 6,
      tokens_refunded: 600,
    });
  });

  it.each([
    ['no cents', { amount_cents: 0 }],
    ['fewer than none', { amount_cents: -1 }],
    ['a half', { amount_cents: 1.5 }],
    ['no reason', { reason: '' }],
    ['no transaction', { transaction_id: 'x' }],
  ])('422 request_invalid: %s', async (_what, bad) => {
    const { studio, purchase } = await bought();
    const { transaction_id } = purchase;
    const answer = await studio.call('POST /refunds', { transaction_id, reason: 'x', ...bad });
    expect(refusal(answer)).toEqual([422, 'request_invalid']);
    expect((await studio.balance()).tokens_refunded).toBe(0);
  });

  describe('at once', () => {
    it('several refunds give back what was paid and no more', async () => {
      const { studio, purchase } = await bought();
      const answers = await Promise.all(
        [6, 6, 6].map((cents) => refund(studio, purchase.transaction_id, cents)),
      );
      const statuses = answers.map((answer) => answer.statusCode).sort();
      expect(statuses[0]).toBe(201);
      // The others met one that had not settled yet (409), or one that had (422).
      expect(statuses.slice(1).every((status) => status === 409 || status === 422)).toBe(true);
      expect((await studio.balance()).tokens_refunded).toBe(600);
    });

    it('a refund and the use of the same tokens do not both get them', async () => {
      const { studio, purchase } = await bought();
      const use = { tokens_used: 600, feature_type: 'ad_generation' };
      await Promise.all([
        refund(studio, purchase.transaction_id, 6),
        studio.call('POST /ai-tokens/usage', use),
      ]);
      const balance = await studio.balance();
      expect(Number(balance.tokens_refunded) + Number(balance.tokens_used)).toBe(600);
    });
  });
});
