import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

const minute_ms = 60_000;
interface Account {
  account: string;
  asset: string;
  side: 'debit' | 'credit';
  debits: number;
  credits: number;
  balance: number;
}
interface Line {
  book_version: number;
  occurred_at: string;
  debit: number;
  credit: number;
  balance_after: number;
}

/** What no invoice has moved. */
const NOT_INVOICED = {
  customer_credit: 0,
  deferred_fees: 0,
  receivable: 0,
  tax_payable: 0,
  written_off: 0,
};

describeOnEachDatabase('the ledger', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());
  const accountsOf = async (studio: Studio, at?: string): Promise<Record<string, number>> => {
    const answer = await studio.call(`GET /ledger/accounts${at ? `?at=${at}` : ''}`);
    expect(answer.statusCode, answer.body).toBe(200);
    for (const { holds } of answer.json().identity) expect(holds).toBe(true);
    return Object.fromEntries(answer.json().accounts.map((row: Account) => [row.account, row.balance]));
  };
  const tick = (milliseconds = 1000): string => {
    app.clock.advance(milliseconds);
    return app.clock.now().toISOString();
  };

  /** A book with every kind of entry, and the balance of each account after each step. */
  async function busyBook(): Promise<{ studio: Studio; steps: [string, Record<string, number>][] }> {
    const studio = await makeStudio(app);
    const steps: [string, Record<string, number>][] = [];
    const step = async (work: () => Promise<unknown>): Promise<void> => {
      const at = tick();
      await work();
      steps.push([at, await accountsOf(studio)]);
    };
    const expires_at = new Date(app.clock.now().getTime() + 5 * minute_ms).toISOString();
    let transaction_id = '';
    await step(async () => {
      ({ transaction_id } = await studio.buy(10_000));
    });
    await step(() => studio.operate('POST /ai-tokens/grants', { tokens: 500, reason: 'x', expires_at }));
    await step(() => studio.use(1234));
    const hold_id = await studio.hold(2000);
    await step(() => studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 1999 }));
    await step(() => studio.call('POST /refunds', { transaction_id, amount_cents: 33, reason: 'x' }));
    const rest = await studio.hold(100);
    await step(() => studio.call(`POST /ai-tokens/holds/${rest}/settle`, { tokens_used: 6000 }));
    await step(() => studio.buy(2550));
    await step(() => studio.operate('POST /ai-tokens/grants', { tokens: 70, reason: 'x', expires_at }));
    tick(6 * minute_ms);
    await step(() => studio.use(3));
    return { studio, steps };
  }

  it('a tenant without a book has no accounts and no identity to hold', async () => {
    const studio = await makeStudio(app);
    const answer = await studio.call('GET /ledger/accounts');
    expect(answer.json()).toEqual({ at: app.clock.now().toISOString(), accounts: [], identity: [] });
  });

  it('a purchase defers its price, use recognises it, and what is received is always accounted for', async () => {
    const studio = await makeStudio(app);
    await studio.buy(100_000);
    expect(await accountsOf(studio)).toMatchObject({
      cash: 1000,
      deferred_revenue: 1000,
      recognised_revenue: 0,
    });
    tick();
    await studio.use(25_049);
    // deferred(74,951 left) = half_even(749.51) = 750
    expect(await accountsOf(studio)).toEqual({
      cash: 1000,
      deferred_revenue: 750,
      recognised_revenue: 250,
      breakage_revenue: 0,
      ...NOT_INVOICED,
      tokens_issued: 100_000,
      tokens_available: 74_951,
      tokens_consumed: 25_049,
      tokens_shortfall: 0,
      tokens_expired: 0,
      tokens_refunded: 0,
    });
    const { identity } = (await studio.call('GET /ledger/accounts')).json();
    expect(identity).toEqual([{ currency: 'USD', assets_cents: 1000, claims_cents: 1000, holds: true }]);
  });

  it('the last token of a grant recognises the last cent of its price', async () => {
    const studio = await makeStudio(app);
    await studio.buy(350);
    for (const tokens of [1, 86, 1, 87, 100, 74]) await studio.use(tokens);
    await studio.use(1);
    expect(await accountsOf(studio)).toMatchObject({ cash: 4, deferred_revenue: 0, recognised_revenue: 4 });
  });

  it('sold tokens that are refunded leave no revenue behind', async () => {
    const studio = await makeStudio(app);
    const { transaction_id } = await studio.buy(350);
    for (const amount_cents of [1, 3])
      await studio.call('POST /refunds', { transaction_id, amount_cents, reason: 'x' });
    expect(await accountsOf(studio)).toMatchObject({
      cash: 0,
      deferred_revenue: 0,
      recognised_revenue: 0,
      breakage_revenue: 0,
      tokens_refunded: 350,
      tokens_available: 0,
    });
  });

  it('the balances at any time are those that were shown then, the time itself included', async () => {
    const { studio, steps } = await busyBook();
    expect(steps.length).toBe(9);
    for (const [at, shown] of steps) expect(await accountsOf(studio, at)).toEqual(shown);
    const [first] = steps[0] ?? [''];
    const before = new Date(Date.parse(first) - 1).toISOString();
    expect(new Set(Object.values(await accountsOf(studio, before)))).toEqual(new Set([0]));
  });

  it('the accounts agree with the balance: available is remaining and held', async () => {
    const { studio } = await busyBook();
    await studio.buy(1000);
    await studio.hold(40);
    const [accounts, balance] = [await accountsOf(studio), await studio.balance()];
    expect(accounts.tokens_available).toBe(Number(balance.tokens_remaining) + Number(balance.tokens_held));
    expect(accounts.tokens_issued).toBe(Number(balance.tokens_purchased) + Number(balance.tokens_granted));
    expect(accounts.tokens_consumed).toBe(Number(balance.tokens_used) + Number(balance.tokens_shortfall));
    expect(accounts.tokens_expired).toBe(balance.tokens_expired);
    expect(accounts.tokens_refunded).toBe(balance.tokens_refunded);
    expect(accounts.tokens_shortfall).toBe(balance.tokens_shortfall);
  });

  describe('GET /ledger/accounts/{account}/statement', () => {
    const statement = async (studio: Studio, account: string, asset: string, query = ''): Promise<Line[]> => {
      const answer = await studio.call(
        `GET /ledger/accounts/${account}/statement?asset=${asset}&limit=200${query}`,
      );
      expect(answer.statusCode, answer.body).toBe(200);
      return answer.json().data;
    };

    it('of every account sums to its balance, line by line', async () => {
      const { studio } = await busyBook();
      const accounts: Account[] = (await studio.call('GET /ledger/accounts')).json().accounts;
      expect(accounts).toHaveLength(15);
      let lines_seen = 0;
      for (const { account, asset, side, debits, credits, balance } of accounts) {
        const lines = await statement(studio, account, asset);
        lines_seen += lines.length;
        const sum = (field: 'debit' | 'credit') => lines.reduce((total, line) => total + line[field], 0);
        expect([sum('debit'), sum('credit')]).toEqual([debits, credits]);
        expect(lines[0]?.balance_after ?? 0).toBe(balance);
        let running = 0;
        for (const line of lines.toReversed()) {
          running += side === 'debit' ? line.debit - line.credit : line.credit - line.debit;
          expect(line.balance_after).toBe(running);
        }
      }
      expect(lines_seen).toBeGreaterThan(25);
    });

    it('with from and to shows the balances of then', async () => {
      const { studio, steps } = await busyBook();
      const [, third, fourth] = [steps[1], steps[2], steps[3]];
      const lines = await statement(
        studio,
        'tokens_available',
        'AI_TOKEN',
        `&from=${third?.[0]}&to=${fourth?.[0]}`,
      );
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({ debit: 1234, balance_after: third?.[1].tokens_available });
    });

    it('names the transaction or the use of each line', async () => {
      const studio = await makeStudio(app);
      const { transaction_id } = await studio.buy(1000);
      const { usage_id } = await studio.use(10);
      const lines = await statement(studio, 'tokens_available', 'AI_TOKEN');
      expect(lines).toMatchObject([
        { usage_id, transaction_id: null, debit: 10, credit: 0, balance_after: 990 },
        { usage_id: null, transaction_id, debit: 0, credit: 1000, balance_after: 1000 },
      ]);
    });

    it('without an asset is that of what the account holds', async () => {
      const studio = await makeStudio(app, { currency: 'EUR' });
      await studio.buy(1000);
      const of = async (account: string) =>
        (await studio.call(`GET /ledger/accounts/${account}/statement`))
          .json()
          .data.map((line: Line) => line.debit);
      expect([await of('cash'), await of('tokens_issued')]).toEqual([[10], [1000]]);
    });

    it('shows nobody else’s', async () => {
      const [studio, other] = [await makeStudio(app), await makeStudio(app)];
      await other.buy(1000);
      expect(await statement(studio, 'cash', 'USD')).toEqual([]);
    });

    it.each([
      '/ledger/accounts/money/statement',
      '/ledger/accounts/cash/statement?asset=usd',
      '/ledger/accounts?at=now',
    ])('422 request_invalid: GET %s', async (path) => {
      const studio = await makeStudio(app);
      expect(refusal(await studio.call(`GET ${path as '/x'}`))).toEqual([422, 'request_invalid']);
    });
  });
});
