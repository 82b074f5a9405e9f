import { sql } from 'kysely';
import { beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import {
  askToUse,
  entitlementOf,
  FEATURES,
  goTo,
  makeTiers,
  recordUse,
  studioOn,
} from './entitlement-fixtures.ts';

const START = new Date('2026-03-10T12:00:00.000Z');

describeOnEachDatabase('overage of features', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(START) });
    await makeTiers(app);
  });

  const invoicesOf = async (studio: Studio) => (await studio.operate('GET /invoices')).json().data;

  it('is billed once, rounded once, at the price of the version that let it in', async () => {
    app.clock.set(START);
    const studio = await studioOn(app);
    await recordUse(studio, 'transcripts', 3);
    expect(await recordUse(studio, 'transcripts', 4)).toMatchObject({
      overage_quantity: 4,
      used: 7,
      remaining: 0,
    });
    await recordUse(studio, 'transcripts', 2);
    expect(await entitlementOf(studio, 'transcripts')).toMatchObject({
      allowed: true,
      used: 9,
      remaining: 0,
      overage: true,
    });
    // Neither another tier nor a dearer version changes what was let in.
    const { data } = (await app.call('GET /subscription-tiers')).json();
    const { tier_id } = data.find((tier: { tier_name: string }) => tier.tier_name === 'studio');
    const dearer = { USD: { model: 'per_unit', unit_price_cents: '1000' } };
    const features = { ...FEATURES, transcripts: { ...FEATURES.transcripts, overage: dearer } };
    const revised = await app.call(`PATCH /subscription-tiers/${tier_id}`, { body: { features } });
    expect(revised.statusCode, revised.body).toBe(200);
    await app.call(`PATCH /tenants/${studio.tenant_id}`, { body: { tier_name: 'free' } });
    await goTo(app, '2026-04-01T02:00:00.000Z');
    await app.composition.runner.runDue();
    const invoices = await invoicesOf(studio);
    // 2 x 10.5 + 4 x 1.25 cents.
    expect(invoices).toMatchObject([{ reason: 'usage', total_cents: 26, lines: [{}] }]);
    expect(invoices[0].lines[0]).toMatchObject({
      kind: 'feature',
      description: 'transcripts beyond the 3 included',
      quantity: 6,
      amount_cents: 26,
      explanation: {
        used: 9,
        included: 3,
        price: FEATURES.transcripts.overage.USD,
        price_version: 'studio:1',
        steps: [
          { of: 'units', quantity: 2, unit_price_cents: '10.5' },
          { of: 'units', quantity: 4, unit_price_cents: '1.25' },
        ],
      },
    });
    await goTo(app, '2026-05-01T02:00:00.000Z');
    expect(await invoicesOf(studio)).toHaveLength(1);
  });

  it('stands on the renewal of a subscription, beside its fee', async () => {
    app.clock.set(START);
    const studio = await makeStudio(app);
    expect((await studio.call('POST /subscriptions', { tier_name: 'small' })).statusCode).toBe(201);
    // Twice 10.5 cents: rounded by itself each would be 10.
    await recordUse(studio, 'transcripts', 4);
    await recordUse(studio, 'transcripts', 1);
    await goTo(app, '2026-04-10T13:30:00.000Z');
    const [renewal] = await invoicesOf(studio);
    expect(renewal).toMatchObject({ reason: 'subscription_cycle', total_cents: 1021 });
    expect(renewal.lines).toMatchObject([
      { kind: 'subscription', amount_cents: 1000 },
      { kind: 'feature', quantity: 2, amount_cents: 21, starts_at: '2026-03-10T12:00:00.000Z' },
    ]);
    expect(await entitlementOf(studio, 'transcripts')).toMatchObject({ used: 0, remaining: 3 });
  });

  it('is not sold in a currency without a price', async () => {
    app.clock.set(START);
    const studio = await makeStudio(app, { tier_name: 'studio', currency: 'EUR' });
    await recordUse(studio, 'transcripts', 3);
    expect(await entitlementOf(studio, 'transcripts')).toMatchObject({ allowed: false, overage: false });
    expect(refusal(await askToUse(studio, 'transcripts', 1))).toEqual([402, 'entitlement_exceeded']);
  });

  it('leaves books that agree, and the audit sees a line or a sum that does not', async () => {
    const differences = async () =>
      (await runAudit(getDb())).checks.flatMap(({ check, difference }) =>
        difference ? [[check, difference.detail.replace(/ of \S+/, '')]] : [],
      );
    const change = (set: string) =>
      getDb().asOwner((tx) =>
        sql.raw(`update tallystick.feature_usage_periods set ${set} where overage_quantity = 6`).execute(tx),
      );
    expect(await differences()).toEqual([]);
    await change("tier_name = 'small'");
    expect(await differences()).toEqual([
      ['feature_usage', 'transcripts is rated by a tier that no use went beyond'],
    ]);
    await change("tier_name = 'studio'");
    await getDb().asOwner((tx) =>
      sql`update invoice_lines set quantity = 7 where kind = 'feature' and quantity = 6`.execute(tx),
    );
    expect(await differences()).toContainEqual([
      'feature_usage',
      'transcripts has 6 beyond its limit, the invoice says 7',
    ]);
  });
});
