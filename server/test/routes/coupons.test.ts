import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cycleStart } from '../../src/billing/index.ts';
import { countRedemptionUses, lockRedemptionsInForce } from '../../src/coupons/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeKey, makeTenant, refusal } from '../tenants/tenant-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

describeOnEachDatabase('coupons', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  /** Makes a coupon of the operator, who sells to every studio, and answers it. */
  const makeCoupon = async (terms: object = {}) => {
    const body = { code: freshId('CODE').toUpperCase(), percent_off: 25, duration: 'once', ...terms };
    const answer = await app.call('POST /coupons', { body });
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  };
  const redeem = (studio: Studio, code: string) => studio.call('POST /coupon-redemptions', { code });
  const redeemed = async (studio: Studio, code: string) => {
    const answer = await redeem(studio, code);
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  };
  const couponOf = async (code: string) => (await app.call(`GET /coupons?code=${code}`)).json().data[0];

  describe('a coupon', () => {
    test('201: is made and read back, its code in capitals', async () => {
      const code = freshId('Launch_').toLowerCase();
      const coupon = await makeCoupon({ code, percent_off: 12.5, max_redemptions: 3 });
      const now = app.clock.now().toISOString();
      expect(coupon).toEqual({
        coupon_id: coupon.coupon_id,
        code: code.toUpperCase(),
        percent_off: 12.5,
        amount_off_cents: null,
        currency: null,
        duration: 'once',
        duration_months: null,
        max_redemptions: 3,
        redeem_by: null,
        active: true,
        redemptions: 0,
        created_at: now,
        updated_at: now,
      });
      expect(await couponOf(code)).toEqual(coupon);
    });

    test('409 coupon_code_taken, in whatever letters', async () => {
      const { code } = await makeCoupon();
      const body = { code: code.toLowerCase(), percent_off: 1, duration: 'forever' };
      expect(refusal(await app.call('POST /coupons', { body }))).toEqual([409, 'coupon_code_taken']);
    });

    test.each([
      [{ percent_off: undefined }, '/percent_off'],
      [{ amount_off_cents: 100, currency: 'USD' }, '/percent_off'],
      [{ percent_off: undefined, amount_off_cents: 100 }, '/currency'],
      [{ currency: 'USD' }, '/currency'],
      [{ duration: 'repeating' }, '/duration_months'],
      [{ duration_months: 3 }, '/duration_months'],
      [{ percent_off: 0 }, '/percent_off'],
      [{ code: 'A B' }, '/code'],
    ])('422: %j', async (terms, pointer) => {
      const body = { code: freshId('BAD').toUpperCase(), percent_off: 25, duration: 'once', ...terms };
      const answer = await app.call('POST /coupons', { body });
      expect([answer.statusCode, answer.json().errors?.[0]?.pointer]).toEqual([422, pointer]);
    });

    test("is its seller's: another tenant neither sees nor changes it, and has codes of its own", async () => {
      const coupon = await makeCoupon();
      const { call } = await makeStudio(app);
      expect((await call('GET /coupons')).json().data).toEqual([]);
      const changed = await call(`PATCH /coupons/${coupon.coupon_id}`, { active: false });
      expect(refusal(changed)).toEqual([404, 'not_found']);
      const own = await call('POST /coupons', { code: coupon.code, percent_off: 1, duration: 'once' });
      expect(own.statusCode).toBe(201);
    });
  });

  describe('redeeming', () => {
    test('201: keeps the terms as they are, and counts', async () => {
      const studio = await makeStudio(app);
      const coupon = await makeCoupon({
        ...{ percent_off: undefined, amount_off_cents: 500, currency: 'USD' },
        ...{ duration: 'repeating', duration_months: 3 },
      });
      const redemption = await redeemed(studio, coupon.code.toLowerCase());
      const { coupon_redemption_id, starts_at, ends_at } = redemption;
      expect(redemption).toEqual({
        coupon_redemption_id,
        coupon_id: coupon.coupon_id,
        code: coupon.code,
        percent_off: null,
        amount_off_cents: 500,
        currency: 'USD',
        duration: 'repeating',
        starts_at: app.clock.now().toISOString(),
        ends_at,
        used_count: 0,
        ended_at: null,
        in_force: true,
      });
      const end = new Date(starts_at);
      end.setUTCMonth(end.getUTCMonth() + 3);
      expect(ends_at).toBe(end.toISOString());
      expect((await couponOf(coupon.code)).redemptions).toBe(1);
      expect((await studio.call('GET /coupon-redemptions')).json().data).toEqual([redemption]);
    });

    test('409 coupon_redeemed: once for each tenant, and the refusal is not counted', async () => {
      const studio = await makeStudio(app);
      const { code } = await makeCoupon({ max_redemptions: 2 });
      const { coupon_redemption_id } = await redeemed(studio, code);
      expect(refusal(await redeem(studio, code))).toEqual([409, 'coupon_redeemed']);
      await studio.call(`DELETE /coupon-redemptions/${coupon_redemption_id}`);
      expect(refusal(await redeem(studio, code))).toEqual([409, 'coupon_redeemed']);
      expect((await couponOf(code)).redemptions).toBe(1);
      await redeemed(await makeStudio(app), code);
    });

    test('422 coupon_not_redeemable: unknown, not active, over, used up, another currency, and whom nobody sells to', async () => {
      const studio = await makeStudio(app);
      const refused = async (code: string, words: RegExp) => {
        const answer = await redeem(studio, code);
        expect(refusal(answer)).toEqual([422, 'coupon_not_redeemable']);
        expect(answer.json().detail).toMatch(words);
      };
      await refused('NO-SUCH-CODE', /no coupon NO-SUCH-CODE/);
      const coupon = await makeCoupon({ max_redemptions: 1 });
      const set = (active: boolean) => app.call(`PATCH /coupons/${coupon.coupon_id}`, { body: { active } });
      expect((await set(false)).json()).toMatchObject({ active: false });
      await refused(coupon.code, /not active/);
      await set(true);
      await redeemed(await makeStudio(app), coupon.code);
      await refused(coupon.code, /redeemed 1 times/);
      const { code } = await makeCoupon({ redeem_by: app.clock.now().toISOString() });
      await refused(code, /could be redeemed until/);
      const yen = await makeCoupon({ percent_off: undefined, amount_off_cents: 1, currency: 'JPY' });
      await refused(yen.code, /takes JPY off, and the tenant is billed in USD/);
      const root = await app.call('POST /coupon-redemptions', { body: { code: coupon.code } });
      expect(refusal(root)).toEqual([422, 'coupon_not_redeemable']);
      expect((await studio.call('GET /coupon-redemptions')).json().data).toEqual([]);
    });

    test('is exact among many at once: no more than may, and each of them once', async () => {
      const { code } = await makeCoupon({ max_redemptions: 5 });
      const studios = await Promise.all(Array.from({ length: 8 }, () => makeStudio(app)));
      const answers = await Promise.all([...studios, ...studios].map((studio) => redeem(studio, code)));
      const statuses = answers.map((answer) => answer.statusCode);
      expect(statuses.filter((status) => status === 201)).toHaveLength(5);
      expect(statuses.every((status) => [201, 409, 422].includes(status))).toBe(true);
      expect((await couponOf(code)).redemptions).toBe(5);
      const held = await Promise.all(
        studios.map(async ({ call }) => (await call('GET /coupon-redemptions')).json().data.length),
      );
      expect(held.filter((count) => count === 1)).toHaveLength(5);
    });

    test("takes the coupon of the tenant's own seller, where another has the same code", async () => {
      const agency_id = await makeTenant(app, { tier_name: 'agency' });
      const agency = await makeKey(app, agency_id);
      const client_id = await makeTenant(app, {}, { key: agency.api_key });
      const client = await makeKey(app, client_id);
      const { code } = await makeCoupon({ percent_off: 1 });
      const body = { code, percent_off: 99, duration: 'once' };
      await app.call('POST /coupons', { key: agency.api_key, body });
      const answer = await app.call('POST /coupon-redemptions', { key: client.api_key, body: { code } });
      expect(answer.json()).toMatchObject({ percent_off: 99 });
      expect((await couponOf(code)).redemptions).toBe(0);
    });
  });

  describe('a redemption', () => {
    /** Codes of what takes something off an invoice of now; with `use` it is counted as having done so. */
    const inForce = (studio: Studio, use = false) =>
      getDb().inTenant(studio.tenant_id, async (tx) => {
        const redemptions = await lockRedemptionsInForce(tx, studio.tenant_id, app.clock.now());
        if (use) await countRedemptionUses(tx, studio.tenant_id, redemptions);
        return redemptions.map(({ code }) => code);
      });
    const listed = async (studio: Studio) => {
      const { data } = (await studio.call('GET /coupon-redemptions')).json();
      return data
        .filter((one: { in_force: boolean }) => one.in_force)
        .map((one: { code: string }) => one.code)
        .reverse();
    };

    test('for once is used up by one invoice; others hold until their time is over or they are taken back', async () => {
      const studio = await makeStudio(app);
      const [once, repeating, forever] = await Promise.all([
        makeCoupon(),
        makeCoupon({ duration: 'repeating', duration_months: 1 }),
        makeCoupon({ duration: 'forever' }),
      ]);
      const ids: string[] = [];
      for (const { code } of [once, repeating, forever]) {
        app.clock.advance(1000);
        ids.push((await redeemed(studio, code)).coupon_redemption_id);
      }
      expect(await inForce(studio, true)).toEqual([once.code, repeating.code, forever.code]);
      expect(await inForce(studio, true)).toEqual([repeating.code, forever.code]);
      expect(await listed(studio)).toEqual([repeating.code, forever.code]);
      app.clock.advance(32 * 24 * 60 * 60 * 1000);
      expect(await inForce(studio)).toEqual([forever.code]);
      expect((await studio.call(`DELETE /coupon-redemptions/${ids[2]}`)).statusCode).toBe(204);
      expect([await inForce(studio), await listed(studio)]).toEqual([[], []]);
      expect(refusal(await studio.call(`DELETE /coupon-redemptions/${ids[2]}`))).toEqual([404, 'not_found']);
      const counts = (await studio.call('GET /coupon-redemptions')).json().data;
      expect(counts.map((one: { used_count: number }) => one.used_count)).toEqual([2, 2, 1]);
    });

    test('of months ends where a billing cycle of the tenant does that began with it', async () => {
      const studio = await makeStudio(app);
      await studio.call('PUT /billing-details', { time_zone: 'America/New_York' });
      const { code } = await makeCoupon({ duration: 'repeating', duration_months: 6 });
      const { starts_at, ends_at } = await redeemed(studio, code);
      const endIn = (time_zone: string) =>
        cycleStart({ anchor_at: new Date(starts_at), time_zone }, 'month', 6).toISOString();
      expect(ends_at).toBe(endIn('America/New_York'));
      // It is summer there by then, so the two are not the same.
      expect(ends_at).not.toBe(endIn('UTC'));
    });
  });
});
