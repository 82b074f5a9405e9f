import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { type FlakyProvider, flakyProvider } from '../routes/flaky-provider.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { busyStudio } from './busy-history.ts';
import { dropChecks, expectSeen } from './expect-seen.ts';
import { TAMPERINGS } from './tamperings.ts';

const CHECKS = [
  'book_order',
  'usage',
  'transactions',
  'grants',
  'holds',
  'balances',
  'revenue',
  'identity',
  'due_work',
  'api_calls',
  'api_corrections',
  'api_rollups',
  'feature_usage',
  'api_rating',
  'invoices',
  'invoice_entries',
  'invoice_payments',
  'receivables',
  'invoice_numbers',
  'billing_periods',
  'coupons',
  'closed_months',
];

describeOnEachDatabase('audit', (getDb) => {
  let app: TestApp;
  let provider: FlakyProvider;
  let studio: Studio;
  beforeAll(async () => {
    provider = flakyProvider();
    app = await testApp(getDb(), { payments: provider });
    for (let index = 0; index < 3; index++) await busyStudio(app, provider);
    await makeStudio(app);
  });
  afterAll(() => app.server.close());
  const asOwner = (statement: string) => getDb().asOwner((tx) => sql.raw(statement).execute(tx));

  it('is clean after a busy history, open holds and payments under way included', async () => {
    await app.composition.services.calls.flush();
    const told: number[] = [];
    const result = await runAudit(getDb(), (tenants) => told.push(tenants));
    expect(result.checks.filter((check) => check.difference)).toEqual([]);
    expect(result.ok).toBe(true);
    expect(result.checks.map((check) => check.check)).toEqual(CHECKS);
    // The root and the four studios; of them the three busy ones have a book.
    expect(result.tenants).toBe(5);
    expect(told).toEqual([1, 2, 3, 4, 5]);
    // The root has no book and has been called, by the operator.
    // It has sold by invoice too.
    const of_all = [...CHECKS.filter((check) => check.startsWith('api_')), ...CHECKS.slice(-8, -2)];
    const of_none = ['coupons', 'closed_months'];
    const tenantsOf = (check: string) => (of_none.includes(check) ? 0 : of_all.includes(check) ? 4 : 3);
    expect(result.checks.map((check) => check.tenants)).toEqual(CHECKS.map(tenantsOf));
    expect(result.entries).toBeGreaterThan(3 * 14);
  });

  it('is clean once time has run its course', async () => {
    const other = await busyStudio(app, provider);
    app.clock.advance(90 * 86_400_000);
    for (let pass = 0; pass < 3; pass++) await app.composition.runner.runDue();
    expect((await other.balance()).tokens_held).toBe(0);
    expect(await runAudit(getDb())).toMatchObject({ ok: true });
  });

  it('sees a coupon that counts other redemptions than its tenants have', async () => {
    const body = { code: 'AUDITED', percent_off: 10, duration: 'forever' };
    expect((await app.call('POST /coupons', { body })).statusCode).toBe(201);
    for (let index = 0; index < 2; index++) {
      const redeemed = await (await makeStudio(app)).call('POST /coupon-redemptions', { code: 'AUDITED' });
      expect(redeemed.statusCode).toBe(201);
    }
    const couponCheck = async () => (await runAudit(getDb())).checks.find(({ check }) => check === 'coupons');
    expect(await couponCheck()).toMatchObject({ tenants: 1 });
    expect((await couponCheck())?.difference).toBeUndefined();
    await asOwner(`update tallystick.coupons set redemptions = 3`);
    expect((await couponCheck())?.difference?.detail).toBe(
      'coupon AUDITED: redemptions is 3, its tenants have 2',
    );
    await asOwner(`update tallystick.coupons set redemptions = 2`);
  });

  it('stays clean beside writers', async () => {
    const others = [await busyStudio(app, provider), await busyStudio(app, provider)];
    let writing = true;
    const write = async (who: Studio): Promise<void> => {
      for (let round = 0; round < 12; round++) {
        const { transaction_id } = await who.buy(1000);
        const hold_id = await who.hold(100);
        await Promise.all([
          who.use(50, { request_id: `beside ${round}` }),
          who.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used: 90 + round }),
          who.call('POST /refunds', { transaction_id, amount_cents: 1, reason: 'x' }),
        ]);
      }
    };
    const writers = Promise.all(others.map(write)).finally(() => {
      writing = false;
    });
    let audits = 0;
    while (writing) {
      const { checks } = await runAudit(getDb());
      expect(checks.filter((check) => check.difference)).toEqual([]);
      audits += 1;
    }
    await writers;
    expect(audits).toBeGreaterThan(1);
    expect(await runAudit(getDb())).toMatchObject({ ok: true });
  });

  describe('reports', () => {
    beforeAll(async () => {
      studio = await busyStudio(app, provider);
      await dropChecks(getDb());
    });

    it.each(TAMPERINGS)('$what', (tampering) => expectSeen(getDb(), studio.tenant_id, tampering));

    it('nothing any more once everything is as it was', async () => {
      expect(await runAudit(getDb())).toMatchObject({ ok: true });
    });
  });
});
