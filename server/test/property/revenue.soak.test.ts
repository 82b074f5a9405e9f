import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase, seededRandom } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { type FiguresRow, figuresOf, metricsOf, sumOf } from '../revenue/revenue-fixtures.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { RecurringModel, type SeenSubscription, twelfthsOf } from './revenue-model.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
const CUSTOMERS = soak ? 8 : 3;
const MONTHS = 24;
const ACTIONS_PER_MONTH = soak ? 12 : 3;
const START = Date.UTC(2026, 0, 1);

/** What may happen to a subscription. Most of it is refused most of the time, which is as well. */
const ACTIONS: readonly ((studio: Studio, random: () => number) => Promise<unknown>)[] = [
  (studio) => studio.call('POST /subscriptions', { tier_name: 'starter' }),
  (studio) => studio.call('POST /subscriptions', { tier_name: 'professional', interval: 'year' }),
  (studio, random) => {
    const custom_price_cents = 1 + Math.floor(random() * 100_000);
    const interval = random() < 0.5 ? 'year' : 'month';
    return studio.operate('POST /subscriptions', { tier_name: 'enterprise', custom_price_cents, interval });
  },
  (studio, random) => {
    const trial_days = 1 + Math.floor(random() * 40);
    return studio.operate('POST /subscriptions', { tier_name: 'starter', trial_days });
  },
  (studio) => studio.call('POST /subscriptions/current/change', { tier_name: 'professional', when: 'now' }),
  (studio) => studio.call('POST /subscriptions/current/change', { tier_name: 'starter', when: 'now' }),
  (studio) => studio.call('POST /subscriptions/current/change', { tier_name: 'starter' }),
  (studio) => studio.call('POST /subscriptions/current/cancel', { when: 'now' }),
  (studio) => studio.call('POST /subscriptions/current/cancel'),
  (studio) => studio.call('POST /subscriptions/current/pause'),
  (studio) => studio.call('POST /subscriptions/current/resume'),
  (studio) => studio.call('POST /payment-methods', { token: 'sandbox_card_declined', make_default: true }),
  (studio) => studio.call('POST /payment-methods', { token: 'sandbox_card', make_default: true }),
  (studio, random) => studio.buy(1000 + Math.floor(random() * 50_000)).catch(() => undefined),
  (studio, random) => studio.use(1 + Math.floor(random() * 20_000)).catch(() => undefined),
];

describeOnEachDatabase('random lifecycles over two years', (getDb, { engine }) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), {
      clock: fixedClock(new Date(START)),
      env: { TALLYSTICK_TEST_CLOCK: 'true' },
    });
  });
  afterAll(() => app.server.close());

  const now = () => app.composition.clock.now();
  const moveTo = async (to: Date): Promise<void> => {
    if (to <= now()) return;
    const moved = await app.call('POST /test-clock/advance', { body: { to: to.toISOString() } });
    expect(moved.statusCode, moved.body).toBe(200);
    expect(moved.json().items_failed, moved.body).toBe(0);
  };
  const twelfths = async (studio: Studio): Promise<number> => {
    const answer = await studio.call('GET /subscriptions/current');
    return twelfthsOf(answer.statusCode === 404 ? undefined : (answer.json() as SeenSubscription), now());
  };

  /** Every account opens as it closed, the identity holds, and streams and tenants add up. */
  async function checkFigures(studios: readonly Studio[], query: string): Promise<FiguresRow[]> {
    const sales = await figuresOf(app, query);
    const own = await Promise.all(
      studios.map(({ tenant_id }) => figuresOf(app, `${query}&of=own`, tenant_id)),
    );
    for (const [index, row] of sales.entries()) {
      expect(row.identity_holds).toBe(true);
      expect(sumOf(Object.values(row.by_stream))).toBe(row.recognised_cents);
      for (const account of row.accounts) {
        const { opening_cents, debits_cents, credits_cents, closing_cents } = account;
        const grows = ['cash', 'receivable', 'written_off'].includes(account.account) ? 1 : -1;
        expect(opening_cents + grows * (debits_cents - credits_cents)).toBe(closing_cents);
        const before = sales[index - 1]?.accounts.find((one) => one.account === account.account);
        if (index > 0) expect(opening_cents).toBe(before?.closing_cents);
        const of_tenants = own.map(
          (rows) =>
            rows
              .find((one) => one.month === row.month)
              ?.accounts.find((one) => one.account === account.account)?.closing_cents ?? 0,
        );
        expect(sumOf(of_tenants), `${row.month} ${account.account}`).toBe(closing_cents);
      }
    }
    return sales;
  }

  test(
    'recur, are earned and are closed as a model says',
    async () => {
      const seed = Number(process.env.TALLYSTICK_SEED ?? Date.now() % 2 ** 31);
      console.log(`${engine}: seed ${seed} (TALLYSTICK_SEED repeats)`);
      const random = seededRandom(seed);
      const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
      const studios: Studio[] = [];
      while (studios.length < CUSTOMERS) studios.push(await makeStudio(app));
      const model = new RecurringModel();
      let closed = 0;
      for (let index = 0; index < MONTHS; index++) {
        const [starts, ends] = [index, index + 1].map((month) => Date.UTC(2026, month)) as [number, number];
        const times = Array.from(
          { length: ACTIONS_PER_MONTH * CUSTOMERS },
          () => starts + random() * (ends - starts),
        );
        // The first moment of a month is where mistakes are made.
        if (random() < 0.3) times.push(starts);
        for (const at of times.sort((one, other) => one - other)) {
          await moveTo(new Date(Math.min(Math.floor(at), ends - 1)));
          const studio = pick(studios);
          model.see(studio.tenant_id, await twelfths(studio));
          await pick(ACTIONS)(studio, random);
          model.see(studio.tenant_id, await twelfths(studio));
        }
        await moveTo(new Date(ends - 1));
        const month = new Date(starts).toISOString().slice(0, 7);
        const closing = new Map<string, number>();
        for (const studio of studios) closing.set(studio.tenant_id, await twelfths(studio));
        model.endMonth(month, closing);
        await moveTo(new Date(ends));
        if (random() < 0.3) closed = await closeMonths(closed, index + 1);
      }
      const from = `?from=${new Date(START).toISOString()}&to=${new Date(Date.UTC(2026, MONTHS)).toISOString()}`;
      const metrics = await metricsOf(app, from);
      for (const [index, row] of metrics.by_month.entries()) compareMonth(row, model.months[index]);
      await checkFigures(studios, from);
      await end(studios);
      expect((await runAudit(getDb())).checks.filter(({ difference }) => difference)).toEqual([]);
    },
    soak ? 1_200_000 : 240_000,
  );

  /** Closes the months that are over, in their order; what they keep is what was answered of them before. */
  async function closeMonths(first: number, upto: number): Promise<number> {
    for (let index = first; index < upto; index++) {
      const month = new Date(Date.UTC(2026, index)).toISOString().slice(0, 7);
      const query = `?from=${month}-01T00:00:00Z&to=${month}-02T00:00:00Z`;
      const before = await figuresOf(app, query);
      const answer = await app.call(`POST /revenue/months/${month}/close`);
      expect(answer.statusCode, answer.body).toBe(200);
      const kept = answer.json().data;
      if (before.length > 0) expect(kept[0].accounts).toEqual(before[0]?.accounts);
      expect(await figuresOf(app, query)).toMatchObject(before.map((row) => ({ ...row, status: 'closed' })));
    }
    return upto;
  }

  function compareMonth(
    row: object & { month: string },
    expected: (typeof RecurringModel.prototype.months)[number] | undefined,
  ): void {
    const cents = (value: number) => value / 12;
    const { month, ...found } = row as unknown as Record<string, number> & { month: string };
    expect(month).toBe(expected?.month);
    const movements = ['new', 'reactivation', 'expansion', 'contraction', 'churn'] as const;
    // Each sum is rounded once, a half upwards; a movement lies between two of them.
    expect(found.opening_mrr_cents, month).toBe(Math.round(cents(expected?.opening ?? 0)));
    expect(found.closing_mrr_cents, month).toBe(Math.round(cents(expected?.closing ?? 0)));
    for (const movement of movements)
      expect(
        Math.abs((found[`${movement}_cents`] ?? 0) - cents(expected?.[movement] ?? 0)),
        `${month} ${movement}`,
      ).toBeLessThan(1);
    const moved = sumOf(movements.map((movement) => found[`${movement}_cents`] ?? 0));
    expect((found.opening_mrr_cents ?? 0) + moved, month).toBe(found.closing_mrr_cents);
  }

  /** Everybody leaves and uses up what there is: all that was invoiced and sold has been recognised then. */
  async function end(studios: readonly Studio[]): Promise<void> {
    for (const studio of studios) await studio.call('POST /subscriptions/current/cancel', { when: 'now' });
    await moveTo(new Date(Date.UTC(2029, 1, 1, 0, 0, 1)));
    for (const studio of studios) {
      const { tokens_remaining } = await studio.balance();
      if ((tokens_remaining ?? 0) > 0) await studio.use(tokens_remaining ?? 0);
    }
    let invoiced = 0;
    for (const studio of studios) {
      const invoices = await allOf(studio, 'invoices');
      const owed = invoices.filter(({ status }) => status !== 'void' && status !== 'draft');
      invoiced += sumOf(
        owed.map(({ subtotal_cents, discount_cents }) => Number(subtotal_cents) - Number(discount_cents)),
      );
      const sales = await allOf(studio, 'transactions', '&type=token_purchase&status=settled');
      invoiced += sumOf(sales.map(({ amount_cents }) => Number(amount_cents)));
    }
    const whole = `?from=${new Date(START).toISOString()}&to=2029-03-01T00:00:00Z`;
    const sales = await checkFigures(studios, whole);
    expect(sumOf(sales.map(({ recognised_cents }) => recognised_cents))).toBe(invoiced);
    expect(sales.at(-1)?.deferred_cents ?? 0).toBe(0);
    expect(await metricsOf(app, whole)).toMatchObject({ mrr_cents: 0, arr_cents: 0, customers: 0 });
  }

  async function allOf(studio: Studio, list: string, filter = ''): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    for (let cursor = ''; ; ) {
      const page = (await studio.call(`GET /${list}?limit=200${filter}${cursor}`)).json();
      rows.push(...page.data);
      if (page.next_cursor === null) return rows;
      cursor = `&cursor=${page.next_cursor}`;
    }
  }
});
