import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

type Row = Record<string, unknown>;
type ListPath = `/${string}`;

const ROWS = 7;

describeOnEachDatabase('lists', (getDb) => {
  let app: TestApp;
  let studio: Studio;
  let stranger: Studio;
  /** Each moment at which the studio bought, used and held: some rows share one, as in a busy millisecond. */
  const moments: string[] = [];
  beforeAll(async () => {
    app = await testApp(getDb());
    [studio, stranger] = [await makeStudio(app), await makeStudio(app)];
    for (let index = 0; index < ROWS; index++) {
      if (index % 3 === 0) app.clock.advance(1000);
      moments.push(app.clock.now().toISOString());
      for (const who of [studio, stranger]) {
        await who.buy(1000);
        await who.use(10, { user_id: `user-${index % 2}` });
        await who.hold(10);
      }
      await app.call(`PUT /features/list_${index}`, { body: {} });
    }
  });
  afterAll(() => app.server.close());

  /** Every page of a list, one after the other. */
  const pagesOf = async (path: ListPath, limit: number): Promise<Row[][]> => {
    const pages: Row[][] = [];
    let cursor: string | null = null;
    do {
      const query: string = `${path.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`;
      const answer = await studio.call(`GET ${path}${query}`);
      expect(answer.statusCode, answer.body).toBe(200);
      const { data, next_cursor } = answer.json();
      pages.push(data);
      cursor = next_cursor;
    } while (cursor !== null && pages.length < 100);
    return pages;
  };

  const LISTS: [ListPath, string, string, number][] = [
    ['/transactions', 'transaction_id', 'created_at', ROWS],
    ['/transactions?type=token_purchase&status=settled', 'transaction_id', 'created_at', ROWS],
    ['/ai-tokens/usage', 'usage_id', 'occurred_at', ROWS],
    ['/ai-tokens/usage?user_id=user-0', 'usage_id', 'occurred_at', 4],
    ['/ai-tokens/holds', 'hold_id', 'created_at', ROWS],
    ['/ai-tokens/holds?status=held', 'hold_id', 'created_at', ROWS],
    ['/features', 'feature_type', 'created_at', ROWS + 4],
    ['/ledger/accounts/tokens_available/statement', 'book_version', 'occurred_at', 2 * ROWS],
    ['/ledger/accounts/cash/statement?asset=USD', 'book_version', 'occurred_at', ROWS],
  ];

  describe.each(LISTS)('GET %s', (path, id, time, rows) => {
    it.each([1, 2, 3, 200])('in pages of %i covers everything exactly once, newest first', async (limit) => {
      const pages = await pagesOf(path, limit);
      const all = pages.flat();
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(pages).toHaveLength(Math.max(1, Math.ceil(rows / limit)));
      expect(new Set(all.map((row) => row[id])).size).toBe(all.length);
      expect(all).toHaveLength(rows);
      const times = all.map((row) => String(row[time]));
      expect(times).toEqual([...times].sort().reverse());
    });

    it('what is written meanwhile moves no row over a page’s edge', async () => {
      const query = path.includes('?') ? '&' : '?';
      const first = (await studio.call(`GET ${path}${query}limit=2`)).json();
      const before = (await pagesOf(path, 200)).flat();
      await studio.buy(100);
      await studio.use(1, { user_id: 'user-0' });
      const hold_id = await studio.hold(1);
      const rest = (await studio.call(`GET ${path}${query}limit=200&cursor=${first.next_cursor}`)).json()
        .data;
      expect([...first.data, ...rest].map((row: Row) => row[id])).toEqual(before.map((row) => row[id]));
      await removeWhatCame(hold_id);
    });

    it.each(['0', '201', '-1', '1.5', 'many', '', '1e2', '9'.repeat(20)])(
      '422 request_invalid: limit=%j',
      async (limit) => {
        const answer = await studio.call(`GET ${path}${path.includes('?') ? '&' : '?'}limit=${limit}`);
        expect(refusal(answer)).toEqual([422, 'request_invalid']);
        expect(answer.json().errors).toMatchObject([{ in: 'query', pointer: '/limit' }]);
      },
    );

    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    it.each([
      ['is empty', ''],
      ['is no base64url', 'not*a*cursor'],
      ['is no JSON', Buffer.from('{').toString('base64url')],
      ['names no id', cursor({ t: 1 })],
      ['names no time', cursor({ i: 'x' })],
      ['names a time that is none', cursor({ t: 1e20, i: 'x' })],
      ['has an id of another list', cursor({ t: 1, i: "'; drop table" })],
      ['has a field too many', cursor({ t: 1, i: '1', x: 1 })],
    ])('400 cursor_invalid: one that %s', async (_what, bad) => {
      const answer = await studio.call(`GET ${path}${path.includes('?') ? '&' : '?'}cursor=${bad}`);
      expect(refusal(answer)).toEqual([400, 'cursor_invalid']);
    });
  });

  /** The rows of the list are counted by every test, so what a test wrote is told apart by its time: it is undone. */
  async function removeWhatCame(hold_id: string): Promise<void> {
    await getDb().asOwner(async (tx) => {
      const mine = sql`tenant_id = ${studio.tenant_id}`;
      const last = sql`(select max(book_version) - 3 from ai_token_balances where ${mine})`;
      for (const table of ['transfers', 'ai_token_usage'])
        await sql`delete from ${sql.table(table)} where ${mine} and book_version > ${last}`.execute(tx);
      const gone = sql`select transaction_id from billing_transactions where ${mine} and book_version > ${last}`;
      await sql`delete from ai_token_grants where ${mine} and transaction_id in (${gone})`.execute(tx);
      await sql`delete from billing_transactions where ${mine} and book_version > ${last}`.execute(tx);
      await sql`delete from ai_token_holds where ${mine} and hold_id = ${hold_id}`.execute(tx);
    });
  }

  describe.each([
    ['/transactions', 'created_at'],
    ['/ai-tokens/usage', 'occurred_at'],
    ['/ledger/accounts/tokens_consumed/statement', 'occurred_at'],
  ] as const)('GET %s by time', (path, time) => {
    const timesOf = async (query: string) =>
      (await studio.call(`GET ${path}?limit=200&${query}`)).json().data.map((row: Row) => row[time]);

    it('from is included and to is excluded', async () => {
      const [first, , , second, , , third] = moments;
      const within = await timesOf(`from=${second}&to=${third}`);
      expect(within).toEqual([second, second, second]);
      expect(await timesOf(`to=${second}`)).toEqual([first, first, first]);
      expect(await timesOf(`from=${third}`)).toEqual([third]);
      expect(await timesOf(`from=${third}&to=${third}`)).toEqual([]);
    });

    it('a time of any offset is the same moment', async () => {
      const [, , , second] = moments;
      const shifted = new Date(Date.parse(String(second)) + 2 * 3_600_000)
        .toISOString()
        .replace('Z', '%2B02:00');
      expect(await timesOf(`from=${shifted}`)).toEqual(await timesOf(`from=${second}`));
    });

    it.each(['from=yesterday', 'to=2026-13-01T00:00:00Z', 'from=2026-01-01', 'from=', 'to=1', 'since=2026'])(
      '422 request_invalid: %s',
      async (query) => {
        expect(refusal(await studio.call(`GET ${path}?${query}`))).toEqual([422, 'request_invalid']);
      },
    );
  });

  it('422 request_invalid: a filter that is none, and a value that a filter does not take', async () => {
    const bad = [
      '/transactions?type=gift',
      '/transactions?status=done',
      '/ai-tokens/holds?status=open',
    ] as const;
    for (const path of [...bad, '/ai-tokens/usage?feature=x', '/features?status=held'] as const)
      expect(refusal(await studio.call(`GET ${path}`))).toEqual([422, 'request_invalid']);
  });

  it('50 rows are answered where nobody says how many', async () => {
    const busy = await makeStudio(app);
    for (let index = 0; index < 51; index++)
      await busy.operate('POST /ai-tokens/grants', { tokens: 1, reason: `${index}` });
    const { data, next_cursor } = (await busy.call('GET /transactions')).json();
    expect([data.length, typeof next_cursor]).toEqual([50, 'string']);
  });
});
