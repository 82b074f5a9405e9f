import { beforeAll, expect, it } from 'vitest';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { makeTiers, recordUse, studioOn } from './entitlement-fixtures.ts';

const START = new Date('2026-03-10T12:00:00.000Z');
const NEXT_MONTH = '2026-04-01T00:00:00.000Z';
const HOUR_MS = 3_600_000;

describeOnEachDatabase('entitlements in process', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(START) });
    await makeTiers(app);
  });

  const check = (studio: Studio, feature: string) =>
    app.composition.services.entitlements.check(studio.tenant_id, feature);

  /** PostgreSQL tells a process its own changes a second time, and what was read in between is read again. */
  const known = (studio: Studio) =>
    expect.poll(() => check(studio, 'episodes') instanceof Promise).toBe(false);

  it('answers at once where it knows, and is current after every change', async () => {
    app.clock.set(START);
    const studio = await studioOn(app);
    await known(studio);
    expect(check(studio, 'episodes')).toMatchObject({ used: 0, remaining: 5 });
    await recordUse(studio, 'episodes', 2);
    expect(await check(studio, 'episodes')).toMatchObject({ used: 2, remaining: 3 });
    await known(studio);
    expect(check(studio, 'episodes')).toMatchObject({ used: 2, remaining: 3 });
    await app.call(`PATCH /tenants/${studio.tenant_id}`, { body: { tier_name: 'small' } });
    expect(await check(studio, 'episodes')).toMatchObject({
      allowed: false,
      limit: 2,
      used: 2,
      remaining: 0,
    });
    app.clock.set(new Date(NEXT_MONTH));
    expect(await check(studio, 'episodes')).toMatchObject({ allowed: true, used: 0, remaining: 2 });
  });

  it('follows a billing period that a subscription cuts', async () => {
    app.clock.set(START);
    const studio = await studioOn(app, 'small');
    await recordUse(studio, 'episodes', 2);
    expect(await check(studio, 'episodes')).toMatchObject({
      allowed: false,
      resets_at: new Date(NEXT_MONTH),
    });
    app.clock.advance(HOUR_MS);
    const made = await studio.call('POST /subscriptions', { tier_name: 'studio' });
    expect(made.statusCode, made.body).toBe(201);
    const resets_at = new Date('2026-04-10T13:00:00.000Z');
    expect(await check(studio, 'episodes')).toMatchObject({ allowed: true, limit: 5, used: 0, resets_at });
  });

  it('follows one that the end of a trial cuts, where the tier stays', async () => {
    app.clock.set(START);
    const studio = await makeStudio(app);
    const made = await studio.operate('POST /subscriptions', { tier_name: 'small', trial_days: 14 });
    expect(made.statusCode, made.body).toBe(201);
    await recordUse(studio, 'episodes', 2);
    app.clock.set(new Date('2026-03-24T12:30:00.000Z'));
    expect(await check(studio, 'episodes')).toMatchObject({ allowed: false, used: 2 });
    await app.composition.runner.runDue();
    const resets_at = new Date('2026-04-24T12:00:00.000Z');
    expect(await check(studio, 'episodes')).toMatchObject({ allowed: true, used: 0, resets_at });
  });

  it('refuses a tenant that is not there', async () => {
    const nobody = app.composition.services.newId(app.clock.now());
    const { entitlements } = app.composition.services;
    for (const feature of ['episodes', 'api_calls'])
      await expect(entitlements.check(nobody, feature)).rejects.toMatchObject({ code: 'not_found' });
  });
});
