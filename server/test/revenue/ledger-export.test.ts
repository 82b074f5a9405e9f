import { beforeAll, expect, it } from 'vitest';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { goTo } from './revenue-fixtures.ts';

const CSV = { accept: 'text/csv' };

describeOnEachDatabase('GET /ledger/export', (getDb) => {
  let app: TestApp;
  let studios: Studio[];
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(new Date('2026-01-11T00:00:00.000Z')) });
    studios = [await makeStudio(app), await makeStudio(app)];
    for (const studio of studios) {
      const { transaction_id } = await studio.buy(10_000);
      await studio.use(100);
      const reason = '=HYPERLINK("https://evil.example"), "quoted"\nand broken';
      const refund = await studio.call('POST /refunds', { transaction_id, amount_cents: 1, reason });
      expect(refund.statusCode, refund.body).toBe(201);
      const started = await studio.operate('POST /subscriptions', { tier_name: 'starter' });
      expect(started.statusCode, started.body).toBe(201);
    }
    await goTo(app, '2026-02-01T00:00:00.400Z');
  });

  /** RFC 4180, as far as our cells go. */
  const cellsOf = (text: string): string[][] =>
    [...text.matchAll(/((?:"(?:[^"]|"")*"|[^,"\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^,"\r\n]*))*)\r\n/g)].map(
      ([, line = '']) =>
        [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map(([, cell = '']) =>
          cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
        ),
    );
  const exported = async (
    query: string,
    who: Pick<Studio, 'call'> = { call: (request, _body, headers = {}) => app.call(request, { headers }) },
  ) => {
    const answer = await who.call(`GET /ledger/export?${query}`, undefined, CSV);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/csv']);
    const [names = [], ...rows] = cellsOf(answer.body);
    return rows.map((row) => Object.fromEntries(row.map((cell, index) => [names[index] ?? '', cell])));
  };

  it('has every line of all the books as CSV, which balances', async () => {
    const rows = await exported('month=2026-01');
    expect(new Set(rows.map(({ tenant_id }) => tenant_id))).toEqual(
      new Set(studios.map(({ tenant_id }) => tenant_id)),
    );
    const sums = new Map<string, number>();
    for (const { debit_account = '', credit_account = '', asset, amount } of rows.filter(
      (row) => row.asset === 'USD',
    )) {
      sums.set(debit_account, (sums.get(debit_account) ?? 0) + Number(amount));
      sums.set(credit_account, (sums.get(credit_account) ?? 0) - Number(amount));
      expect(asset).toBe('USD');
    }
    const [january] = (await app.call('GET /revenue')).json().months;
    for (const { account, debits_cents, credits_cents } of january.accounts)
      expect(sums.get(account) ?? 0, account).toBe(debits_cents - credits_cents);
    expect(rows).toContainEqual(
      expect.objectContaining({
        type: 'revenue_recognition',
        date: '2026-01-31T23:59:59.999Z',
        booked_at: '2026-02-01T00:00:00.400Z',
        stream: 'subscriptions',
      }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ type: 'token_usage', asset: 'AI_TOKEN', amount: '100' }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ type: 'invoice', invoice_number: expect.stringMatching(/^INV-\d{6}$/) }),
    );
  });

  it('leaves a spreadsheet nothing to run', async () => {
    const refunds = (await exported('month=2026-01')).filter(({ type }) => type === 'refund');
    const reasons = refunds.map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(['\'=HYPERLINK("https://evil.example"), "quoted"\nand broken']));
  });

  it('is of its own book for who asks for that, page by page as JSON', async () => {
    const [studio] = studios as [Studio];
    const csv = await exported('month=2026-01&of=own', studio);
    expect(new Set(csv.map(({ tenant_id }) => tenant_id))).toEqual(new Set([studio.tenant_id]));
    const listed: { booked_at: string; amount: number; type: string }[] = [];
    for (let cursor = ''; ; ) {
      const page = await studio.call(`GET /ledger/export?month=2026-01&of=own&limit=3${cursor}`);
      expect(page.statusCode, page.body).toBe(200);
      const { data, next_cursor } = page.json();
      listed.push(...data);
      if (next_cursor === null) break;
      cursor = `&cursor=${next_cursor}`;
    }
    const keyOf = (row: Record<string, unknown>) =>
      [
        row.date,
        row.booked_at,
        row.book_version,
        row.type,
        row.debit_account,
        row.credit_account,
        row.amount,
      ].join(' ');
    expect(listed.map((row) => keyOf({ ...row })).sort()).toEqual(csv.map(keyOf).sort());
    expect(listed.map(({ booked_at }) => booked_at)).toEqual(
      listed
        .map(({ booked_at }) => booked_at)
        .sort()
        .reverse(),
    );
    expect(await exported('month=2026-02', studio)).toEqual([]);
  });

  it('is written in parts, so that no page of it is lost', async () => {
    const studio = await makeStudio(app);
    await studio.operate('POST /ai-tokens/grants', { tokens: 5000, reason: 'many' });
    for (let index = 0; index < 21; index++) {
      await Promise.all(Array.from({ length: 50 }, () => studio.use(1)));
      app.clock.advance(60_000);
    }
    const rows = await exported('month=2026-02&of=own', studio);
    expect(rows.filter(({ type }) => type === 'token_usage')).toHaveLength(1050);
    expect(new Set(rows.map(({ usage_id, transaction_id }) => `${usage_id}${transaction_id}`)).size).toBe(
      1051,
    );
  });
});
