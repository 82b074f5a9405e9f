import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { newId, ROOT_TENANT_ID } from '../../src/id/index.ts';
import { postTransaction } from '../../src/ledger/index.ts';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { CLOSED_MONTH_TAMPERINGS } from './closed-month-tamperings.ts';
import { figuresOf, goTo } from './revenue-fixtures.ts';

describeOnEachDatabase('a month that is closed', (getDb) => {
  let app: TestApp;
  let studio: Studio;
  /** Has had no entry since January. */
  let quiet: Studio;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(new Date('2026-01-11T00:00:00.000Z')) });
    studio = await makeStudio(app);
    const started = await studio.operate('POST /subscriptions', { tier_name: 'starter' });
    expect(started.statusCode, started.body).toBe(201);
    await studio.buy(10_000);
    await studio.use(11_000);
    quiet = await makeStudio(app);
    await quiet.buy(1000);
    await quiet.use(100);
    await goTo(app, '2026-01-20T00:00:00.000Z');
  });
  const close = (month: string, headers = {}) => app.call(`POST /revenue/months/${month}/close`, { headers });
  const refusal = (answer: { statusCode: number; json(): { code: string; detail: string } }) => [
    answer.statusCode,
    answer.json().code,
    answer.json().detail,
  ];
  const months = async () => (await app.call('GET /revenue/months')).json().data;
  const asOwner = (statement: string) => getDb().asOwner((tx) => sql.raw(statement).execute(tx));

  it('is over first, and all that belongs to it is booked', async () => {
    expect(refusal(await close('2026-01'))).toEqual([
      409,
      'month_not_over',
      '2026-01 ends at 2026-02-01T00:00:00.000Z; it is 2026-01-20T00:00:00.000Z.',
    ]);
    app.clock.set(new Date('2026-02-01T00:00:00.300Z'));
    expect(refusal(await close('2026-01'))).toEqual([
      409,
      'month_not_ready',
      'Work of 2026-01 is still due for 1 tenants: revenue_recognition. It runs by itself.',
    ]);
    // Nothing was done to the books by being refused.
    const marked = await asOwner('select from tallystick.ai_token_balances where closed_until is not null');
    expect(marked.rows).toEqual([]);
    // Written before what time has earned in January, and of February all the same.
    await studio.use(1000);
    await app.composition.runner.runDue();
    const open = { month: '2026-01', status: 'open', closed_at: null, checksum: null };
    expect(await months()).toMatchObject([{ month: '2026-02', status: 'running' }, open]);
  });

  it('takes an operator, and is closed in its order, once', async () => {
    expect((await studio.call('POST /revenue/months/2026-01/close')).statusCode).toBe(403);
    await goTo(app, '2026-03-01T02:00:00.000Z');
    expect(refusal(await close('2026-02'))).toEqual([
      409,
      'month_not_ready',
      '2026-01 is to be closed before 2026-02.',
    ]);
    const before = (await figuresOf(app))[0];
    const key = { 'idempotency-key': 'close January' };
    const closed = await close('2026-01', key);
    expect(closed.statusCode, closed.body).toBe(200);
    const [kept] = closed.json().data;
    expect(kept).toMatchObject({
      month: '2026-01',
      currency: 'USD',
      by_stream: before?.by_stream,
      accounts: before?.accounts,
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      closed_by: expect.stringMatching(/^api_key [0-9a-f-]{36}$/),
      closed_at: '2026-03-01T02:00:00.000Z',
    });
    const again = await close('2026-01', key);
    expect([again.headers['idempotent-replayed'], again.json()]).toEqual(['true', closed.json()]);
    expect((await close('2026-02', key)).json().code).toBe('idempotency_key_reused');
    app.clock.advance(1000);
    expect((await close('2026-01')).json()).toEqual(closed.json());
    expect((await app.call('GET /revenue/months/2026-01')).json()).toEqual(closed.json());
    expect((await app.call('GET /revenue/months/2026-02')).json()).toEqual({ month: '2026-02', data: [] });
    expect(await months()).toMatchObject([
      { month: '2026-03', status: 'running' },
      { month: '2026-02', status: 'open' },
      { month: '2026-01', status: 'closed', checksum: kept.checksum, entries: kept.entries },
    ]);
    expect((await figuresOf(app))[0]).toEqual({ ...before, status: 'closed' });
    expect((await figuresOf(app, '?of=own', studio.tenant_id))[0]?.status).toBe('closed');
  });

  it('opens the next months with its balances', async () => {
    const rows = await figuresOf(app, '?from=2026-02-01T00:00:00Z');
    const whole = await figuresOf(app, '?from=2026-01-01T00:00:00Z');
    expect(rows).toEqual(whole.slice(1));
  });

  it('is entered by nobody: every writer stamps behind it, however late its own clock is', async () => {
    await goTo(app, '2026-03-05T00:00:00.000Z');
    const twins = await Promise.all([close('2026-02'), close('2026-02')]);
    expect(twins.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(twins[0]?.json()).toEqual(twins[1]?.json());
    app.clock.set(new Date('2026-02-20T00:00:00.000Z'));
    await studio.use(1);
    await studio.buy(1000);
    await quiet.use(100);
    const entries = await asOwner(`select distinct created_at from tallystick.ledger_entries
      where tenant_id = '${quiet.tenant_id}' order by created_at desc limit 2`);
    expect(entries.rows).toEqual([
      { created_at: new Date('2026-03-01T00:00:00.000Z') },
      { created_at: new Date('2026-01-11T00:00:00.000Z') },
    ]);
    expect((await studio.operate('POST /ai-tokens/grants', { tokens: 1, reason: 'x' })).statusCode).toBe(201);
    const early = await asOwner(
      "select from tallystick.ledger_entries where created_at < '2026-03-01' and book_version > (select max(book_version) from tallystick.ledger_entries where dated_at < '2026-03-01')",
    );
    expect(early.rows).toEqual([]);
    app.clock.set(new Date('2026-03-05T00:00:00.000Z'));
    expect(await runAudit(getDb())).toMatchObject({ ok: true });
  });

  it('is refused by SQL too', async () => {
    const at = new Date('2026-02-27T00:00:00.000Z');
    const { tenant_id } = studio;
    const line = { debit_account: 'cash', credit_account: 'receivable', asset: 'USD', amount: 1n } as const;
    const row = {
      transaction_id: newId(at),
      type: 'invoice_payment',
      currency: 'USD',
      created_at: at,
    } as const;
    const now = app.clock.now();
    const posted = (stamp: { at: Date; dated_at?: Date }) =>
      getDb().inTenant(tenant_id, (tx) =>
        postTransaction(
          tx,
          tenant_id,
          row,
          { book_version: 9999n, balance_after: 0n, ...stamp },
          [line],
          newId,
        ),
      );
    await expect(posted({ at })).rejects.toThrow('into a closed month');
    await expect(posted({ at: now, dated_at: at })).rejects.toThrow('into a closed month');
    await expect(
      asOwner(`update tallystick.ai_token_balances set last_entry_at = '2026-02-27'`),
    ).rejects.toMatchObject({ code: '23514' });
    await expect(
      getDb().inTenant(ROOT_TENANT_ID, (tx) => sql`update closed_months set entries = 0`.execute(tx)),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it('leaves what is recognised too late to the next month', async () => {
    await asOwner(`update tallystick.revenue_schedules set recognised_until = '2026-01-15', recognised_cents = 0, done = false
      where tenant_id = '${studio.tenant_id}' and starts_at < '2026-01-12'`);
    await goTo(app, '2026-04-01T01:00:00.000Z');
    const late = await asOwner(`select min(dated_at) as dated_at from tallystick.ledger_entries
      where tenant_id = '${studio.tenant_id}' and created_at >= '2026-04-01' and credit_account = 'recognised_revenue'`);
    expect(late.rows).toEqual([{ dated_at: new Date('2026-03-01T00:00:00.000Z') }]);
    // That revenue was booked twice, by us.
    await asOwner(
      `delete from tallystick.transfers where tenant_id = '${studio.tenant_id}' and dated_at = '2026-03-01'`,
    );
  });

  describe('is held against its entries by the audit, which reports', () => {
    beforeAll(async () => {
      await asOwner(`do $$ declare c record; begin
        for c in select conrelid::regclass as relation, conname from pg_constraint
          where connamespace = 'tallystick'::regnamespace and contype = 'c' and coninhcount = 0 loop
          execute format('alter table %s drop constraint %I', c.relation, c.conname);
        end loop; end $$`);
    });
    const closedCheck = async () =>
      (await runAudit(getDb())).checks.find(({ check }) => check === 'closed_months');

    it.each(CLOSED_MONTH_TAMPERINGS)('$what', async ({ change, back, detail }) => {
      expect((await closedCheck())?.difference).toBeUndefined();
      expect((await asOwner(change)).rows).toHaveLength(1);
      const found = await closedCheck();
      await asOwner(back);
      expect(found?.difference).toMatchObject({
        tenant_id: ROOT_TENANT_ID,
        detail: expect.stringMatching(detail),
      });
      expect((await closedCheck())?.difference).toBeUndefined();
    });
  });
});
