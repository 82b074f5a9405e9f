import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TaxParty, tableTaxProvider } from '../../src/tax/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant, refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

const day = 24 * 60 * 60 * 1000;

describeOnEachDatabase('tax rates', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  const in_days = (days: number) => new Date(app.clock.now().getTime() + days * day).toISOString();
  const add = async (seller: Studio, rate_percent: number, more: object = {}) => {
    const answer = await seller.call('POST /tax-rates', {
      country: 'DE',
      rate_percent,
      name: 'VAT',
      ...more,
    });
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  };
  /** Percent and times of the rates of Germany as a whole, the one that began first first. */
  const timeline = async (seller: Studio) => {
    const { data } = (await seller.call('GET /tax-rates?country=DE')).json();
    return data
      .filter((rate: { region: string | null }) => rate.region === null)
      .map((rate: Record<string, unknown>) => [rate.rate_percent, rate.valid_from, rate.valid_to])
      .sort((one: [number, string], other: [number, string]) => (one[1] < other[1] ? -1 : 1));
  };

  test('201: a rate begins now, and is read back', async () => {
    const seller = await makeStudio(app);
    const rate = await add(seller, 8.875, { region: 'HH' });
    const now = app.clock.now().toISOString();
    expect(rate).toEqual({
      tax_rate_id: rate.tax_rate_id,
      country: 'DE',
      region: 'HH',
      rate_percent: 8.875,
      name: 'VAT',
      valid_from: now,
      valid_to: null,
      created_at: now,
    });
    expect((await seller.call('GET /tax-rates')).json()).toEqual({ data: [rate], next_cursor: null });
  });

  test('201: the next rate ends the one before, and one in between ends where the next begins', async () => {
    const seller = await makeStudio(app);
    const [now, soon, late] = [in_days(0), in_days(10), in_days(20)];
    await add(seller, 19);
    await add(seller, 21, { valid_from: late });
    await add(seller, 20, { valid_from: soon });
    const of_region = await add(seller, 5, { region: 'HH', valid_from: soon });
    expect(await timeline(seller)).toEqual([
      [19, now, soon],
      [20, soon, late],
      [21, late, null],
    ]);
    expect(of_region).toMatchObject({ valid_from: soon, valid_to: null });
  });

  test('201: a rate of the past fills a time without one', async () => {
    const seller = await makeStudio(app);
    const [now, past] = [in_days(0), in_days(-30)];
    await add(seller, 19);
    await add(seller, 16, { valid_from: past });
    expect(await timeline(seller)).toEqual([
      [16, past, now],
      [19, now, null],
    ]);
  });

  test('409 tax_rate_overlaps: what a rate was in the past is not changed, nor said twice', async () => {
    const seller = await makeStudio(app);
    await add(seller, 19, { valid_from: in_days(-30) });
    const before = await timeline(seller);
    for (const valid_from of [in_days(-10), in_days(-30)]) {
      const answer = await seller.call('POST /tax-rates', {
        ...{ country: 'DE', rate_percent: 7, name: 'VAT', valid_from },
      });
      expect(refusal(answer)).toEqual([409, 'tax_rate_overlaps']);
    }
    expect(await timeline(seller)).toEqual(before);
  });

  test('204: a rate ends now; one that has not begun is gone, and the one before it goes on', async () => {
    const seller = await makeStudio(app);
    const began = in_days(0);
    const first = await add(seller, 19);
    const second = await add(seller, 20, { valid_from: in_days(10) });
    const stop = (rate: { tax_rate_id: string }) => seller.call(`DELETE /tax-rates/${rate.tax_rate_id}`);
    expect((await stop(second)).statusCode).toBe(204);
    expect(await timeline(seller)).toEqual([[19, began, null]]);
    app.clock.advance(day);
    const ended = in_days(0);
    expect((await stop(first)).statusCode).toBe(204);
    app.clock.advance(day);
    expect((await stop(first)).statusCode).toBe(204);
    expect(await timeline(seller)).toEqual([[19, began, ended]]);
    expect(refusal(await stop(second))).toEqual([404, 'not_found']);
  });

  test.each([
    [{ country: 'ZZ' }, '/country'],
    [{ rate_percent: 1.00001 }, '/rate_percent'],
    [{ rate_percent: 1e-7 }, '/rate_percent'],
    [{ rate_percent: 101 }, '/rate_percent'],
  ])('422: %j', async (body, pointer) => {
    const seller = await makeStudio(app);
    const answer = await seller.call('POST /tax-rates', {
      ...{ country: 'DE', rate_percent: 19, name: 'VAT' },
      ...body,
    });
    expect([answer.statusCode, answer.json().errors?.[0]?.pointer]).toEqual([422, pointer]);
  });

  test('a list is paged, newest first', async () => {
    const seller = await makeStudio(app);
    for (const [index, country] of ['AT', 'BE', 'CZ'].entries()) {
      app.clock.advance(1);
      await add(seller, index, { country });
    }
    const first = (await seller.call('GET /tax-rates?limit=2')).json();
    const second = (await seller.call(`GET /tax-rates?limit=2&cursor=${first.next_cursor}`)).json();
    const countries = [...first.data, ...second.data].map((rate: { country: string }) => rate.country);
    expect([countries, second.next_cursor]).toEqual([['CZ', 'BE', 'AT'], null]);
  });

  describe('the provider that answers from the table', () => {
    test('reads the rates of the seller, asked as the buyer or as the seller, and not as anybody else', async () => {
      const seller_id = await makeTenant(app, { tier_name: 'agency' });
      const { api_key } = await makeKey(app, seller_id);
      const buyer_id = await makeTenant(app, {}, { key: api_key });
      const body = { country: 'DE', rate_percent: 19.5, name: 'VAT' };
      expect((await app.call('POST /tax-rates', { key: api_key, body })).statusCode).toBe(201);
      const party = (tenant_id: string): TaxParty => ({
        ...{ tenant_id, country: 'DE', region: null, tax_id: null, tax_exempt: false },
      });
      const rateAsSeenBy = (viewer: string) =>
        getDb().inTenant(viewer, async (tx) => {
          const [tax] = await tableTaxProvider.ratesFor(tx, {
            ...{ seller: party(seller_id), buyer: party(buyer_id), at: app.clock.now() },
            lines: [{ amount_cents: 100n }],
          });
          return [tax?.rate_percent, tax?.name];
        });
      expect(await rateAsSeenBy(buyer_id)).toEqual(['19.5', 'VAT']);
      expect(await rateAsSeenBy(seller_id)).toEqual(['19.5', 'VAT']);
      expect(await rateAsSeenBy((await makeStudio(app)).tenant_id)).toEqual(['0', null]);
    });
  });
});
