import { beforeAll, describe, expect, it } from 'vitest';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvents, sendCalls } from '../routes/call-fixtures.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { makeKey, makeTenant } from '../tenants/tenant-fixtures.ts';
import { figuresOf, goTo, metricsOf } from './revenue-fixtures.ts';

/** Everything that happens to three customers in four months, and what it comes to. */
describeOnEachDatabase('revenue', (getDb) => {
  let app: TestApp;
  let first: Studio;
  let second: Studio;
  let third: Studio;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(new Date('2026-01-11T00:00:00.000Z')) });
    const made = [await makeStudio(app), await makeStudio(app), await makeStudio(app)];
    [first, second, third] = made as [Studio, Studio, Studio];
    await done(first.operate('POST /subscriptions', { tier_name: 'starter' }), 201);
    await done(
      second.operate('POST /subscriptions', {
        tier_name: 'starter',
        interval: 'year',
        custom_price_cents: 29_000,
      }),
      201,
    );
    await third.buy(10_000);
    await third.use(2500);
    await goTo(app, '2026-02-01T00:00:00.400Z');
    app.clock.set(new Date('2026-02-11T00:00:00.000Z'));
    await goTo(app, '2026-02-11T03:00:00.000Z');
    await done(first.call('POST /subscriptions/current/change', { tier_name: 'professional', when: 'now' }));
    await sendCalls(third, callEvents(1000));
    await sendCalls(
      third,
      callEvents(1000).map((event) => ({ ...event, id: `${event.id} again` })),
    );
    await sendCalls(
      third,
      callEvents(1000).map((event) => ({ ...event, id: `${event.id} once more` })),
    );
    await goTo(app, '2026-03-01T02:00:00.000Z');
    await done(first.call('POST /subscriptions/current/cancel', { when: 'now' }));
    await done(third.operate('POST /subscriptions', { tier_name: 'professional', trial_days: 14 }), 201);
    await goTo(app, '2026-04-02T00:00:00.000Z');
    await done(first.call('POST /subscriptions', { tier_name: 'starter' }), 201);
    await goTo(app, '2026-04-10T00:00:00.000Z');
  });
  const done = async (answer: Promise<{ statusCode: number; body: string }>, status = 200): Promise<void> => {
    const { statusCode, body } = await answer;
    expect(statusCode, body).toBe(status);
  };

  describe('GET /revenue', () => {
    it('books what time earned by the end of a month into that month, and not the next', async () => {
      const [january] = await figuresOf(app, '', first.tenant_id).then(() =>
        figuresOf(app, '?of=own', first.tenant_id),
      );
      // 21 of 31 days of 2900.
      expect(january).toMatchObject({
        month: '2026-01',
        currency: 'USD',
        status: 'open',
        recognised_cents: 1965,
        deferred_cents: 935,
        cash_received_cents: 2900,
        by_stream: { subscriptions: 1965, tokens: 0 },
      });
      const accounts = await app.call('GET /ledger/accounts?at=2026-01-31T23:59:59.999Z', {
        headers: { 'tallystick-tenant': first.tenant_id },
      });
      expect(accounts.json().accounts).toContainEqual(
        expect.objectContaining({ account: 'recognised_revenue', balance: 1965 }),
      );
    });

    it('opens every account as it closed, holds the identity, and adds up over the tenants', async () => {
      const sales = await figuresOf(app);
      expect(sales.map(({ month }) => month)).toEqual(['2026-01', '2026-02', '2026-03', '2026-04']);
      const own = await Promise.all(
        [first, second, third].map(({ tenant_id }) => figuresOf(app, '?of=own', tenant_id)),
      );
      for (const [index, row] of sales.entries()) {
        expect(row.identity_holds).toBe(true);
        for (const account of row.accounts) {
          const before = sales[index - 1]?.accounts.find((one) => one.account === account.account);
          expect(account.opening_cents).toBe(before?.closing_cents ?? 0);
          const of_tenants = own.map(
            (rows) =>
              rows
                .find((one) => one.month === row.month)
                ?.accounts.find((one) => one.account === account.account)?.closing_cents ?? 0,
          );
          expect(of_tenants.reduce((sum, cents) => sum + cents, 0)).toBe(account.closing_cents);
        }
        expect(Object.values(row.by_stream).reduce((sum, cents) => sum + cents, 0)).toBe(
          row.recognised_cents,
        );
      }
      expect(sales.at(-1)?.status).toBe('running');
    });

    it('says which stream has earned what', async () => {
      const [january, february, march] = await figuresOf(app);
      // 21 of 31 days of 2900, 21 of 365 of 29000; a quarter of 100 for tokens.
      expect(january?.by_stream).toEqual({
        tokens: 25,
        api_calls: 0,
        subscriptions: 1965 + 1668,
        features: 0,
        other: 0,
      });
      expect(february?.by_stream).toMatchObject({ api_calls: 0 });
      // 3,000 calls of February, 1,000 included, invoiced on the first of March.
      expect(march?.by_stream).toMatchObject({ api_calls: 10 });
    });

    it('takes times, widens them to months, and refuses what makes no months', async () => {
      const rows = await figuresOf(app, '?from=2026-02-14T00:00:00Z&to=2026-03-01T00:00:00Z');
      expect(rows.map(({ month }) => month)).toEqual(['2026-02']);
      for (const query of [
        'from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z',
        'from=2010-01-01T00:00:00Z&to=2026-02-01T00:00:00Z',
      ]) {
        const answer = await app.call(`GET /revenue?${query}`);
        expect([answer.statusCode, answer.json().code]).toEqual([422, 'request_invalid']);
      }
    });

    it('shows a tenant its own book and the sales that it makes, and nobody else of them', async () => {
      const agency = await makeTenant(app, { tier_name: 'agency' });
      const { api_key: key } = await makeKey(app, agency, { scopes: ['read', 'write'] });
      const child = await app.call('POST /tenants', { key, body: { name: 'Child' } });
      expect(child.statusCode, child.body).toBe(201);
      const before = await figuresOf(app);
      const operate = { headers: { 'tallystick-tenant': child.json().tenant_id } };
      await done(
        app.call('POST /ai-tokens/purchase', { ...operate, body: { tokens_to_purchase: 1000 } }),
        201,
      );
      const sales = (await app.call('GET /revenue', { key })).json().months;
      expect(sales).toMatchObject([{ month: '2026-04', deferred_cents: 10, cash_received_cents: 10 }]);
      expect((await app.call('GET /revenue?of=own', { key })).json().months).toEqual([]);
      // What an agency sells is not what the operator sells.
      expect(await figuresOf(app)).toEqual(before);
      expect((await first.call('GET /revenue')).json().months).toEqual([]);
      expect((await first.call('GET /ledger/export?month=2026-01')).json().data).toEqual([]);
    });
  });

  describe('GET /metrics/revenue', () => {
    it('follows each customer from month to month', async () => {
      const metrics = await metricsOf(app, '?from=2026-01-01T00:00:00Z');
      // A year of 29000 is 2416.67 a month.
      expect(metrics.by_month).toMatchObject([
        {
          month: '2026-01',
          opening_mrr_cents: 0,
          new_cents: 5317,
          closing_mrr_cents: 5317,
          customers_new: 2,
        },
        { month: '2026-02', expansion_cents: 7000, closing_mrr_cents: 12_317, nrr: 2.316614, grr: 1 },
        {
          month: '2026-03',
          new_cents: 9900,
          churn_cents: -9900,
          closing_mrr_cents: 12_317,
          customers_churned: 1,
          customer_churn_rate: 0.5,
          churn_rate: 0.803789,
        },
        { month: '2026-04', reactivation_cents: 2900, closing_mrr_cents: 15_217, customers_reactivated: 1 },
      ]);
      expect(metrics).toMatchObject({
        currency: 'USD',
        currencies: ['USD'],
        mrr_cents: 15_217,
        arr_cents: 29_000 + 12 * (2900 + 9900),
        customers: 3,
        churn_rate: null,
        nrr: null,
      });
    });

    it('tells what recurred at any time, and the rates of the time between', async () => {
      const metrics = await metricsOf(app, '?from=2026-02-01T00:00:00Z&to=2026-03-01T00:00:00Z');
      expect(metrics).toMatchObject({ mrr_cents: 12_317, churn_rate: 0, nrr: 2.316614, grr: 1 });
      const before = await metricsOf(app, '?from=2026-01-01T00:00:00Z&to=2026-01-11T00:00:00.000Z');
      const at = await metricsOf(app, '?from=2026-01-01T00:00:00Z&to=2026-01-11T00:00:00.001Z');
      expect([before.mrr_cents, at.mrr_cents]).toEqual([0, 5317]);
    });

    it('agrees with the ledger in what was recognised', async () => {
      const [metrics, figures] = [await metricsOf(app, '?from=2026-01-01T00:00:00Z'), await figuresOf(app)];
      expect(
        metrics.by_month.map(({ month, recognised_cents, by_stream }) => ({
          month,
          recognised_cents,
          by_stream,
        })),
      ).toEqual(
        figures.map(({ month, recognised_cents, by_stream }) => ({ month, recognised_cents, by_stream })),
      );
    });

    it('keeps currencies apart', async () => {
      const studio = await makeStudio(app, { currency: 'EUR' });
      await done(
        studio.operate('POST /subscriptions', { tier_name: 'enterprise', custom_price_cents: 700 }),
        201,
      );
      expect(await metricsOf(app)).toMatchObject({ mrr_cents: 15_217, currencies: ['EUR', 'USD'] });
      expect(await metricsOf(app, '?currency=EUR')).toMatchObject({ mrr_cents: 700, arr_cents: 8400 });
    });
  });
});

describeOnEachDatabase('a fee that is invoiced after its time was over', (getDb) => {
  it('is earned all the same', async () => {
    const app = await testApp(getDb(), { clock: fixedClock(new Date('2026-01-10T12:00:00.000Z')) });
    const studio = await makeStudio(app);
    const started = await studio.operate('POST /subscriptions', { tier_name: 'starter' });
    expect(started.statusCode, started.body).toBe(201);
    await goTo(app, '2026-02-09T12:00:00.000Z');
    // Nobody ran it meanwhile: the invoice of 10 February comes first, and then what February has earned.
    await goTo(app, '2026-03-12T12:00:00.000Z');
    await studio.operate('POST /subscriptions/current/cancel');
    await goTo(app, '2026-04-10T14:00:00.000Z');
    await goTo(app, '2026-05-01T00:00:00.000Z');
    const months = await figuresOf(app, '?from=2026-01-01T00:00:00Z&of=own', studio.tenant_id);
    expect(months.reduce((sum, { by_stream }) => sum + (by_stream.subscriptions ?? 0), 0)).toBe(3 * 2900);
    expect(months.at(-1)?.deferred_cents).toBe(0);
    await app.server.close();
  });
});
