import { beforeAll, describe, expect, it } from 'vitest';
import {
  askToUse,
  entitlementOf,
  goTo,
  makeTiers,
  recordUse,
  studioOn,
} from '../entitlements/entitlement-fixtures.ts';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { callEvents, sendCalls } from './call-fixtures.ts';

const START = new Date('2026-03-10T12:00:00.000Z');
const NEXT_MONTH = '2026-04-01T00:00:00.000Z';
const HOUR_MS = 3_600_000;

describeOnEachDatabase('entitlements', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(START) });
    await makeTiers(app);
  });

  describe('GET /entitlements/{feature}', () => {
    it('says of each kind what the tier says', async () => {
      const studio = await studioOn(app);
      const nothing = { used: null, remaining: null, resets_at: null, overage: false };
      expect(await entitlementOf(studio, 'analytics')).toEqual({
        ...nothing,
        feature: 'analytics',
        kind: 'boolean',
        allowed: true,
        limit: null,
      });
      expect(await entitlementOf(studio, 'own_brand')).toMatchObject({
        kind: 'boolean',
        allowed: false,
        limit: 0,
      });
      expect(await entitlementOf(studio, 'shows')).toEqual({
        ...nothing,
        feature: 'shows',
        kind: 'static',
        allowed: true,
        limit: 2,
      });
      expect(await entitlementOf(studio, 'episodes')).toEqual({
        feature: 'episodes',
        kind: 'metered',
        allowed: true,
        limit: 5,
        used: 0,
        remaining: 5,
        resets_at: NEXT_MONTH,
        overage: false,
      });
      expect(await entitlementOf(studio, 'clips')).toMatchObject({
        allowed: true,
        limit: null,
        used: 0,
        remaining: null,
      });
    });

    it('says of a feature that the tier does not name that nobody has it, whatever its name', async () => {
      const studio = await studioOn(app);
      for (const feature of ['nothing_such', 'constructor', 'to_string'])
        expect(await entitlementOf(studio, feature)).toMatchObject({
          feature,
          kind: 'unknown',
          allowed: false,
          limit: 0,
          remaining: 0,
        });
    });

    it('takes how much more is wanted, and how many there are of what only the host counts', async () => {
      const studio = await studioOn(app);
      expect(await entitlementOf(studio, 'shows?used=1')).toMatchObject({
        allowed: true,
        used: 1,
        remaining: 1,
      });
      expect(await entitlementOf(studio, 'shows?used=2')).toMatchObject({
        allowed: false,
        used: 2,
        remaining: 0,
      });
      expect(await entitlementOf(studio, 'shows?used=0&quantity=3')).toMatchObject({
        allowed: false,
        remaining: 2,
      });
      expect(await entitlementOf(studio, 'episodes?quantity=5')).toMatchObject({ allowed: true });
      expect(await entitlementOf(studio, 'episodes?quantity=6')).toMatchObject({
        allowed: false,
        remaining: 5,
      });
      expect(await entitlementOf(studio, 'transcripts?quantity=6')).toMatchObject({
        allowed: true,
        overage: true,
      });
      // What is metered is counted here, whatever a host says.
      expect(await entitlementOf(studio, 'episodes?used=4')).toMatchObject({ used: 0 });
    });

    it('refuses what is no name, and no number', async () => {
      const studio = await studioOn(app);
      for (const path of ['Episodes', 'episodes?quantity=0', 'episodes?quantity=x', 'shows?used=-1'])
        expect(refusal(await studio.call(`GET /entitlements/${path}`))).toEqual([422, 'request_invalid']);
    });

    it('knows API calls and tokens too', async () => {
      const studio = await studioOn(app);
      await sendCalls(studio, [...callEvents(98), ...callEvents(7, { status_code: 500 })]);
      expect(await entitlementOf(studio, 'api_calls')).toMatchObject({
        kind: 'metered',
        allowed: true,
        limit: 100,
        used: 98,
        remaining: 2,
        overage: true,
        resets_at: NEXT_MONTH,
      });
      await sendCalls(studio, callEvents(5));
      expect(await entitlementOf(studio, 'api_calls')).toMatchObject({
        allowed: true,
        used: 103,
        remaining: 0,
      });
      expect(await entitlementOf(studio, 'ai_tokens')).toMatchObject({
        allowed: false,
        limit: 0,
        used: 0,
        remaining: 0,
      });
      await studio.buy(1000);
      await studio.use(300);
      await studio.hold(200);
      expect(await entitlementOf(studio, 'ai_tokens?quantity=500')).toMatchObject({
        allowed: true,
        limit: 1000,
        used: 500,
        remaining: 500,
        resets_at: null,
      });
      expect(await entitlementOf(studio, 'ai_tokens?quantity=501')).toMatchObject({ allowed: false });
    });
  });

  it('GET /entitlements lists every feature by name, page by page', async () => {
    const studio = await studioOn(app);
    await recordUse(studio, 'episodes', 2);
    const names = [
      'ai_tokens',
      'analytics',
      'api_calls',
      'clips',
      'episodes',
      'own_brand',
      'shows',
      'transcripts',
    ];
    // Calls of the studio's own key count as API calls, those of an operator do not.
    await app.composition.services.calls.flush();
    const all = (await studio.operate('GET /entitlements')).json();
    expect(all.data.map(({ feature }: { feature: string }) => feature)).toEqual(names);
    expect(all.next_cursor).toBeNull();
    for (const entitlement of all.data)
      expect(entitlement).toEqual(await entitlementOf(studio, entitlement.feature));
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await studio.call(`GET /entitlements?limit=3${cursor && `&cursor=${cursor}`}`);
      expect(page.statusCode, page.body).toBe(200);
      seen.push(...page.json().data.map(({ feature }: { feature: string }) => feature));
      cursor = page.json().next_cursor;
    }
    expect(seen).toEqual(names);
  });

  describe('POST /entitlements/{feature}/usage', () => {
    it('counts to the limit and no further, and a refusal leaves no trace', async () => {
      const studio = await studioOn(app);
      expect(await recordUse(studio, 'episodes', 3)).toMatchObject({
        feature: 'episodes',
        quantity: 3,
        overage_quantity: 0,
        occurred_at: app.clock.now().toISOString(),
        limit: 5,
        used: 3,
        remaining: 2,
        overage: false,
      });
      const beyond = await askToUse(studio, 'episodes', 3, { request_id: 'beyond' });
      expect(refusal(beyond)).toEqual([402, 'entitlement_exceeded']);
      expect(beyond.json()).toMatchObject({ feature: 'episodes', limit: 5, used: 3, remaining: 2 });
      expect(beyond.headers['retry-after']).toBeUndefined();
      expect(await entitlementOf(studio, 'episodes')).toMatchObject({ allowed: true, used: 3, remaining: 2 });
      expect(await recordUse(studio, 'episodes', 2, { request_id: 'beyond' })).toMatchObject({
        used: 5,
        remaining: 0,
      });
      expect(await entitlementOf(studio, 'episodes')).toMatchObject({
        allowed: false,
        used: 5,
        remaining: 0,
      });
      expect(refusal(await askToUse(studio, 'episodes', 1))).toEqual([402, 'entitlement_exceeded']);
    });

    it('counts a request once, and refuses another one under its request_id', async () => {
      const studio = await studioOn(app);
      const first = await askToUse(studio, 'episodes', 2, { request_id: 'again' });
      const repeats = await Promise.all(
        [1, 2, 3].map(() => askToUse(studio, 'episodes', 2, { request_id: 'again' })),
      );
      for (const repeat of repeats)
        expect([repeat.statusCode, repeat.json(), repeat.headers['idempotent-replayed']]).toEqual([
          200,
          first.json(),
          'true',
        ]);
      for (const [feature, quantity] of [
        ['episodes', 1],
        ['clips', 2],
      ] as const)
        expect(refusal(await askToUse(studio, feature, quantity, { request_id: 'again' }))).toEqual([
          422,
          'request_id_reused',
        ]);
      expect(await entitlementOf(studio, 'episodes')).toMatchObject({ used: 2 });
      // A namespace of its own.
      await studio.buy(100);
      await studio.use(1, { request_id: 'again' });
    });

    it('never passes the limit, however many use at the same time', async () => {
      const studio = await studioOn(app);
      const answers = await Promise.all(Array.from({ length: 12 }, () => askToUse(studio, 'episodes', 1)));
      const statuses = answers.map(({ statusCode }) => statusCode).sort();
      expect(statuses).toEqual([...Array(5).fill(201), ...Array(7).fill(402)]);
      expect(await entitlementOf(studio, 'episodes')).toMatchObject({ used: 5 });
    });

    it('takes only metered features of the tier', async () => {
      const studio = await studioOn(app);
      for (const feature of ['shows', 'analytics', 'api_calls', 'ai_tokens']) {
        const answer = await askToUse(studio, feature, 1);
        expect(refusal(answer)).toEqual([422, 'request_invalid']);
        expect(answer.json().errors).toMatchObject([{ in: 'path', pointer: '/feature' }]);
      }
      const none = await askToUse(studio, 'nothing_such', 1);
      expect([...refusal(none), none.json().limit]).toEqual([402, 'entitlement_exceeded', 0]);
    });

    it('counts what was late in its own period for an hour, and then in the open one', async () => {
      app.clock.set(START);
      const studio = await studioOn(app);
      await recordUse(studio, 'episodes', 4);
      await goTo(app, '2026-04-01T00:30:00.000Z');
      const occurred_at = '2026-03-31T23:59:59.000Z';
      expect(await entitlementOf(studio, 'episodes')).toMatchObject({
        used: 0,
        resets_at: '2026-05-01T00:00:00.000Z',
      });
      expect(await recordUse(studio, 'episodes', 1, { occurred_at })).toMatchObject({
        used: 5,
        remaining: 0,
        occurred_at,
      });
      expect(refusal(await askToUse(studio, 'episodes', 1, { occurred_at }))).toEqual([
        402,
        'entitlement_exceeded',
      ]);
      expect(await entitlementOf(studio, 'episodes')).toMatchObject({ used: 0 });
      await goTo(app, '2026-04-01T01:30:00.000Z');
      expect(await recordUse(studio, 'episodes', 1, { occurred_at })).toMatchObject({ used: 1, occurred_at });
      expect(await entitlementOf(studio, 'episodes')).toMatchObject({ used: 1 });
      const ahead = new Date(app.clock.now().getTime() + HOUR_MS).toISOString();
      expect(refusal(await askToUse(studio, 'episodes', 1, { occurred_at: ahead }))).toEqual([
        422,
        'event_in_future',
      ]);
      expect(refusal(await askToUse(studio, 'episodes', 1, { occurred_at: '2026-01-01T00:00:00Z' }))).toEqual(
        [422, 'event_too_old'],
      );
    });
  });
});
