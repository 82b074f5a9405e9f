import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { figuresOf, goTo, metricsOf, sumOf } from '../revenue/revenue-fixtures.ts';
import { callEvent, callEvents, sendCalls, summaryOf } from '../routes/call-fixtures.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';

const TIER = {
  tier_name: 'odd',
  title: 'Odd',
  prices: { USD: { month: 1003 } },
  included_ai_tokens: 0,
  included_api_calls: 10,
  api_call_prices: { USD: { model: 'per_unit', unit_price_cents: '0.35' } },
};

interface Bill {
  total_cents: number;
  tax_cents: number;
  amount_due_cents: number;
  lines: { kind: string; amount_cents: number; discount_cents: number; tax_cents: number }[];
}

/** Cases of numbers, each in the words in which they were gathered. */
describeOnEachDatabase('numbers', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(new Date('2026-01-11T09:00:00.000Z')) });
    await done(app.call('POST /subscription-tiers', { body: TIER }), 201);
    await done(
      app.call('PUT /billing-details', {
        body: { legal_name: 'Seller', country: 'DE', tax_id: 'DE136695976' },
      }),
    );
    await done(app.call('POST /tax-rates', { body: { country: 'DE', rate_percent: 19, name: 'VAT' } }), 201);
  });
  afterAll(async () => {
    const { checks } = await runAudit(getDb());
    expect(checks.filter(({ difference }) => difference)).toEqual([]);
    await app.server.close();
  });
  const done = async (answer: Promise<{ statusCode: number; body: string }>, status = 200): Promise<void> => {
    const { statusCode, body } = await answer;
    expect(statusCode, body).toBe(status);
  };
  const billsOf = async (studio: Studio): Promise<Bill[]> =>
    (await studio.operate('GET /invoices?limit=200')).json().data;
  async function germanStudio(): Promise<Studio> {
    const studio = await makeStudio(app);
    await done(studio.operate('PUT /billing-details', { legal_name: 'Studio', country: 'DE' }));
    await done(studio.operate('POST /subscriptions', { tier_name: 'odd' }), 201);
    return studio;
  }

  it('"dashboards agree with invoices to the cent": what a period cost, what was invoiced, paid, earned and is still to be earned', async () => {
    const studios = [await germanStudio(), await germanStudio()];
    const [first, second] = studios as [Studio, Studio];
    await done(
      app.call('POST /coupons', { body: { code: 'ODD', percent_off: 12.5, duration: 'forever' } }),
      201,
    );
    await done(second.operate('POST /coupon-redemptions', { code: 'ODD' }), 201);
    await sendCalls(first, callEvents(10 + 7));
    await sendCalls(second, callEvents(10 + 33));
    const costs = [await summaryOf(first), await summaryOf(second)].map(({ cost }) => cost);
    expect(costs).toEqual(['0.0245', '0.1155']);
    await goTo(app, '2026-02-11T11:00:00.000Z');
    // What the section of calls said that they cost is their line, rounded once.
    const lines = async (studio: Studio) => (await billsOf(studio)).flatMap((bill) => bill.lines);
    const calls = [await lines(first), await lines(second)].map((of_one) =>
      of_one.filter(({ kind }) => kind === 'api_calls').map(({ amount_cents }) => amount_cents),
    );
    expect(calls).toEqual([[2], [12]]);
    await goTo(app, '2026-03-05T00:00:00.000Z');
    const bills = [...(await billsOf(first)), ...(await billsOf(second))];
    // An invoice is what its lines are, and what is paid for it is what is due.
    for (const { lines: of_bill, total_cents, tax_cents } of bills) {
      const net = sumOf(of_bill.map(({ amount_cents, discount_cents }) => amount_cents - discount_cents));
      expect(tax_cents).toBe(sumOf(of_bill.map((line) => line.tax_cents)));
      expect(total_cents).toBe(net + tax_cents);
    }
    const paid = await Promise.all(
      studios.map(
        async (studio) => (await studio.operate('GET /transactions?type=invoice_payment')).json().data,
      ),
    );
    expect(sumOf(paid.flat().map(({ amount_cents }) => amount_cents))).toBe(
      sumOf(bills.map(({ amount_due_cents }) => amount_due_cents)),
    );
    // The operator's figures are of all books together, and each book's its own.
    const net_cents = sumOf(bills.map(({ total_cents, tax_cents }) => total_cents - tax_cents));
    const months = await figuresOf(app, '?from=2026-01-01T00:00:00Z&to=2026-04-01T00:00:00Z&of=sales');
    const recognised = sumOf(months.map(({ recognised_cents }) => recognised_cents));
    expect(recognised + Number(months.at(-1)?.deferred_cents)).toBe(net_cents);
    expect(sumOf(months.map((month) => Number(month.tax_collected_cents)))).toBe(
      sumOf(bills.map(({ tax_cents }) => tax_cents)),
    );
    const own = await Promise.all(
      studios.map(({ tenant_id }) =>
        figuresOf(app, '?from=2026-01-01T00:00:00Z&to=2026-04-01T00:00:00Z&of=own', tenant_id),
      ),
    );
    expect(sumOf(own.flat().map(({ recognised_cents }) => recognised_cents))).toBe(recognised);
    const { by_month } = await metricsOf(app, '?from=2026-01-01T00:00:00Z&to=2026-04-01T00:00:00Z');
    expect(by_month.map(({ recognised_cents }) => recognised_cents)).toEqual(
      months.map(({ recognised_cents }) => recognised_cents),
    );
  });

  it('"filters do not double count": the parts of a list are the list, each row once', async () => {
    const studio = await makeStudio(app);
    await studio.buy(10_000);
    const start = app.clock.now().getTime();
    const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
    for (const [seconds, user_id, feature_type] of [
      [0, 'ann', 'content_generation'],
      [60, 'bob', 'content_generation'],
      [60, 'ann', 'ad_generation'],
      [120, 'ann', 'content_generation'],
    ] as const) {
      app.clock.set(new Date(start + seconds * 1000));
      await studio.use(10 + seconds, { user_id, feature_type });
    }
    app.clock.set(new Date(start + 180_000));
    const read = async (query: string): Promise<string[]> => {
      const ids: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: { data: { usage_id: string }[]; next_cursor: string | null } = (
          await studio.call(`GET /ai-tokens/usage?limit=1${query}${cursor && `&cursor=${cursor}`}`)
        ).json();
        ids.push(...page.data.map(({ usage_id }) => usage_id));
        cursor = page.next_cursor;
      }
      return ids.sort();
    };
    const whole = await read('');
    expect(new Set(whole).size).toBe(4);
    const parts = async (...queries: string[]) => (await Promise.all(queries.map(read))).flat().sort();
    expect(await parts('&user_id=ann', '&user_id=bob')).toEqual(whole);
    expect(await parts('&feature_type=content_generation', '&feature_type=ad_generation')).toEqual(whole);
    // What happens in the moment where one part ends is in the next.
    expect(await parts(`&to=${at(60)}`, `&from=${at(60)}&to=${at(120)}`, `&from=${at(120)}`)).toEqual(whole);
    for (const group_by of ['feature_type', 'user_id', 'day']) {
      const { tokens_used, groups } = (
        await studio.call(`GET /ai-tokens/usage/summary?group_by=${group_by}`)
      ).json();
      expect(tokens_used).toBe(10 + 70 + 70 + 130);
      expect(sumOf(groups.map((group: { tokens_used: number }) => group.tokens_used))).toBe(tokens_used);
    }
    const transactions = async (query: string) =>
      (await studio.call(`GET /transactions${query}`)).json().data.length;
    expect(await transactions('?type=token_purchase&status=settled')).toBe(await transactions(''));
    expect(await transactions('?type=token_purchase&status=failed')).toBe(0);
  });

  it('"filters do not double count": the calls and their cost of two times are those of both together', async () => {
    app.clock.set(new Date('2026-05-20T12:00:00.000Z'));
    const studio = await makeStudio(app);
    const events = [
      '2026-05-19T23:59:59.999Z',
      '2026-05-20T00:00:00.000Z',
      '2026-05-20T11:00:00.000Z',
    ].flatMap((occurred_at) => Array.from({ length: 500 }, () => callEvent({ occurred_at })));
    await sendCalls(studio, events.slice(0, 750));
    await sendCalls(studio, events.slice(750));
    const of = (from: string, to: string, group_by = 'hour') =>
      summaryOf(studio, `?group_by=${group_by}&from=${from}&to=${to}`);
    for (const [group_by, border] of [
      ['hour', '2026-05-20T00:00:00Z'],
      ['hour', '2026-05-20T11:00:00Z'],
      ['endpoint', '2026-05-20T00:00:00Z'],
    ] as const) {
      const whole = await of('2026-05-01T00:00:00Z', '2026-06-01T00:00:00Z', group_by);
      const parts = [
        await of('2026-05-01T00:00:00Z', border, group_by),
        await of(border, '2026-06-01T00:00:00Z', group_by),
      ];
      expect(whole).toMatchObject({ total_calls: 1500, billable_calls: 500, cost: '0.025' });
      expect(sumOf(parts.map(({ total_calls }) => Number(total_calls)))).toBe(1500);
      expect(sumOf(parts.map(({ billable_calls }) => Number(billable_calls)))).toBe(500);
      expect(sumOf(parts.map(({ cost }) => Math.round(Number(cost) * 1000)))).toBe(25);
    }
  });

  it('"tax and discount rounding per line versus per invoice is stated": tax per line, a discount in all and then spread', async () => {
    app.clock.set(new Date('2026-06-11T09:00:00.000Z'));
    const studio = await germanStudio();
    await sendCalls(studio, callEvents(10 + 8));
    await goTo(app, '2026-07-11T11:00:00.000Z');
    const [bill] = await billsOf(studio);
    // 190.57 and 0.57 are 191 and 1; of the sum it would be 191.14.
    expect(bill?.lines).toMatchObject([
      { amount_cents: 1003, tax_cents: 191 },
      { amount_cents: 3, tax_cents: 1 },
    ]);
    expect(bill).toMatchObject({ tax_cents: 192, total_cents: 1003 + 3 + 192 });
    await done(
      app.call('POST /coupons', { body: { code: 'EIGHTH', percent_off: 12.5, duration: 'forever' } }),
      201,
    );
    await done(studio.operate('POST /coupon-redemptions', { code: 'EIGHTH' }), 201);
    await sendCalls(studio, callEvents(10 + 8));
    await goTo(app, '2026-08-11T11:00:00.000Z');
    const [discounted] = await billsOf(studio);
    // An eighth of 1006 is 125.75; of the lines it would be 125.375 and 0.375.
    expect(discounted?.lines).toMatchObject([
      { amount_cents: 1003, discount_cents: 126 },
      { amount_cents: 3, discount_cents: 0 },
    ]);
  });
});
