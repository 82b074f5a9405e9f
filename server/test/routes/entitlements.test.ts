import { beforeAll, describe, expect, it } from 'vitest';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvents, sendCalls } from './call-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

const START = new Date('2026-03-10T12:00:00.000Z');
const NEXT_MONTH = '2026-04-01T00:00:00.000Z';
const HOUR_MS = 3_600_000;

const FEATURES = {
  episodes: { kind: 'metered', limit: 5 },
  transcripts: {
    kind: 'metered',
    limit: 3,
    overage: {
      USD: {
        model: 'graduated',
        tiers: [
          { up_to: 2, unit_price_cents: '10.5' },
          { up_to: null, unit_price_cents: '1.25' },
        ],
      },
    },
  },
  clips: { kind: 'metered', limit: null },
  shows: { kind: 'static', limit: 2 },
  analytics: { kind: 'boolean', enabled: true },
  own_brand: { kind: 'boolean', enabled: false },
};

describeOnEachDatabase('entitlements', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(START) });
    const body = {
      tier_name: 'studio',
      title: 'Studio',
      features: FEATURES,
      included_api_calls: 100,
      prices: { USD: { month: 1000 } },
    };
    expect((await app.call('POST /subscription-tiers', { body })).statusCode).toBe(201);
    const small = {
      ...body,
      tier_name: 'small',
      features: { ...FEATURES, episodes: { kind: 'metered', limit: 2 } },
    };
    expect((await app.call('POST /subscription-tiers', { body: small })).statusCode).toBe(201);
  });

  const studioOn = async (tier_name = 'studio') => await makeStudio(app, { tier_name });
  const get = async (studio: Studio, feature: string) => {
    const answer = await studio.operate(`GET /entitlements/${feature}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const use = (studio: Studio, feature: string, quantity: number, more: object = {}) =>
    studio.call(`POST /entitlements/${feature}/usage`, { quantity, request_id: freshId('use'), ...more });
  const used = async (studio: Studio, feature: string, quantity: number, more: object = {}) => {
    const answer = await use(studio, feature, quantity, more);
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  };
  const refusal = (answer: { statusCode: number; json(): { code: string } }) => [
    answer.statusCode,
    answer.json().code,
  ];
  async function goTo(at: string): Promise<void> {
    app.clock.set(new Date(at));
    await app.composition.runner.runDue();
  }

  describe('GET /entitlements/{feature}', () => {
    it('says of each kind what the tier says', async () => {
      const studio = await studioOn();
      const nothing = { used: null, remaining: null, resets_at: null, overage: false };
      expect(await get(studio, 'analytics')).toEqual({
        ...nothing,
        feature: 'analytics',
        kind: 'boolean',
        allowed: true,
        limit: null,
      });
      expect(await get(studio, 'own_brand')).toMatchObject({ kind: 'boolean', allowed: false, limit: 0 });
      expect(await get(studio, 'shows')).toEqual({
        ...nothing,
        feature: 'shows',
        kind: 'static',
        allowed: true,
        limit: 2,
      });
      expect(await get(studio, 'episodes')).toEqual({
        feature: 'episodes',
        kind: 'metered',
        allowed: true,
        limit: 5,
        used: 0,
        remaining: 5,
        resets_at: NEXT_MONTH,
        overage: false,
      });
      expect(await get(studio, 'clips')).toMatchObject({
        allowed: true,
        limit: null,
        used: 0,
        remaining: null,
      });
    });

    it('says of a feature that the tier does not name that nobody has it, whatever its name', async () => {
      const studio = await studioOn();
      for (const feature of ['nothing_such', 'constructor', 'to_string'])
        expect(await get(studio, feature)).toMatchObject({
          feature,
          kind: 'unknown',
          allowed: false,
          limit: 0,
          remaining: 0,
        });
    });

    it('takes how much more is wanted, and how many there are of what only the host counts', async () => {
      const studio = await studioOn();
      expect(await get(studio, 'shows?used=1')).toMatchObject({ allowed: true, used: 1, remaining: 1 });
      expect(await get(studio, 'shows?used=2')).toMatchObject({ allowed: false, used: 2, remaining: 0 });
      expect(await get(studio, 'shows?used=0&quantity=3')).toMatchObject({ allowed: false, remaining: 2 });
      expect(await get(studio, 'episodes?quantity=5')).toMatchObject({ allowed: true });
      expect(await get(studio, 'episodes?quantity=6')).toMatchObject({ allowed: false, remaining: 5 });
      expect(await get(studio, 'transcripts?quantity=6')).toMatchObject({ allowed: true, overage: true });
      // What is metered is counted here, whatever a host says.
      expect(await get(studio, 'episodes?used=4')).toMatchObject({ used: 0 });
    });

    it('refuses what is no name, and no number', async () => {
      const studio = await studioOn();
      for (const path of ['Episodes', 'episodes?quantity=0', 'episodes?quantity=x', 'shows?used=-1'])
        expect(refusal(await studio.call(`GET /entitlements/${path}`))).toEqual([422, 'request_invalid']);
    });

    it('knows API calls and tokens too', async () => {
      const studio = await studioOn();
      await sendCalls(studio, [...callEvents(98), ...callEvents(7, { status_code: 500 })]);
      expect(await get(studio, 'api_calls')).toMatchObject({
        kind: 'metered',
        allowed: true,
        limit: 100,
        used: 98,
        remaining: 2,
        overage: true,
        resets_at: NEXT_MONTH,
      });
      await sendCalls(studio, callEvents(5));
      expect(await get(studio, 'api_calls')).toMatchObject({ allowed: true, used: 103, remaining: 0 });
      expect(await get(studio, 'ai_tokens')).toMatchObject({
        allowed: false,
        limit: 0,
        used: 0,
        remaining: 0,
      });
      await studio.buy(1000);
      await studio.use(300);
      await studio.hold(200);
      expect(await get(studio, 'ai_tokens?quantity=500')).toMatchObject({
        allowed: true,
        limit: 1000,
        used: 500,
        remaining: 500,
        resets_at: null,
      });
      expect(await get(studio, 'ai_tokens?quantity=501')).toMatchObject({ allowed: false });
    });
  });

  it('GET /entitlements lists every feature by name, page by page', async () => {
    const studio = await studioOn();
    await used(studio, 'episodes', 2);
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
    const all = (await studio.call('GET /entitlements')).json();
    expect(all.data.map(({ feature }: { feature: string }) => feature)).toEqual(names);
    expect(all.next_cursor).toBeNull();
    for (const entitlement of all.data) expect(entitlement).toEqual(await get(studio, entitlement.feature));
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
      const studio = await studioOn();
      expect(await used(studio, 'episodes', 3)).toMatchObject({
        feature: 'episodes',
        quantity: 3,
        overage_quantity: 0,
        occurred_at: app.clock.now().toISOString(),
        limit: 5,
        used: 3,
        remaining: 2,
        overage: false,
      });
      const beyond = await use(studio, 'episodes', 3, { request_id: 'beyond' });
      expect(refusal(beyond)).toEqual([402, 'entitlement_exceeded']);
      expect(beyond.json()).toMatchObject({ feature: 'episodes', limit: 5, used: 3, remaining: 2 });
      expect(beyond.headers['retry-after']).toBeUndefined();
      expect(await get(studio, 'episodes')).toMatchObject({ allowed: true, used: 3, remaining: 2 });
      expect(await used(studio, 'episodes', 2, { request_id: 'beyond' })).toMatchObject({
        used: 5,
        remaining: 0,
      });
      expect(await get(studio, 'episodes')).toMatchObject({ allowed: false, used: 5, remaining: 0 });
      expect(refusal(await use(studio, 'episodes', 1))).toEqual([402, 'entitlement_exceeded']);
    });

    it('counts a request once, and refuses another one under its request_id', async () => {
      const studio = await studioOn();
      const first = await use(studio, 'episodes', 2, { request_id: 'again' });
      const repeats = await Promise.all(
        [1, 2, 3].map(() => use(studio, 'episodes', 2, { request_id: 'again' })),
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
        expect(refusal(await use(studio, feature, quantity, { request_id: 'again' }))).toEqual([
          422,
          'request_id_reused',
        ]);
      expect(await get(studio, 'episodes')).toMatchObject({ used: 2 });
      // A namespace of its own.
      await studio.buy(100);
      await studio.use(1, { request_id: 'again' });
    });

    it('never passes the limit, however many use at the same time', async () => {
      const studio = await studioOn();
      const answers = await Promise.all(Array.from({ length: 12 }, () => use(studio, 'episodes', 1)));
      const statuses = answers.map(({ statusCode }) => statusCode).sort();
      expect(statuses).toEqual([...Array(5).fill(201), ...Array(7).fill(402)]);
      expect(await get(studio, 'episodes')).toMatchObject({ used: 5 });
    });

    it('takes only metered features of the tier', async () => {
      const studio = await studioOn();
      for (const feature of ['shows', 'analytics', 'api_calls', 'ai_tokens']) {
        const answer = await use(studio, feature, 1);
        expect(refusal(answer)).toEqual([422, 'request_invalid']);
        expect(answer.json().errors).toMatchObject([{ in: 'path', pointer: '/feature' }]);
      }
      const none = await use(studio, 'nothing_such', 1);
      expect([...refusal(none), none.json().limit]).toEqual([402, 'entitlement_exceeded', 0]);
    });

    it('counts what was late in its own period for an hour, and then in the open one', async () => {
      app.clock.set(START);
      const studio = await studioOn();
      await used(studio, 'episodes', 4);
      await goTo('2026-04-01T00:30:00.000Z');
      const occurred_at = '2026-03-31T23:59:59.000Z';
      expect(await get(studio, 'episodes')).toMatchObject({ used: 0, resets_at: '2026-05-01T00:00:00.000Z' });
      expect(await used(studio, 'episodes', 1, { occurred_at })).toMatchObject({
        used: 5,
        remaining: 0,
        occurred_at,
      });
      expect(refusal(await use(studio, 'episodes', 1, { occurred_at }))).toEqual([
        402,
        'entitlement_exceeded',
      ]);
      expect(await get(studio, 'episodes')).toMatchObject({ used: 0 });
      await goTo('2026-04-01T01:30:00.000Z');
      expect(await used(studio, 'episodes', 1, { occurred_at })).toMatchObject({ used: 1, occurred_at });
      expect(await get(studio, 'episodes')).toMatchObject({ used: 1 });
      const ahead = new Date(app.clock.now().getTime() + HOUR_MS).toISOString();
      expect(refusal(await use(studio, 'episodes', 1, { occurred_at: ahead }))).toEqual([
        422,
        'event_in_future',
      ]);
      expect(refusal(await use(studio, 'episodes', 1, { occurred_at: '2026-01-01T00:00:00Z' }))).toEqual([
        422,
        'event_too_old',
      ]);
    });
  });

  describe('check() in process', () => {
    const check = (studio: Studio, feature: string) =>
      app.composition.services.entitlements.check(studio.tenant_id, feature);

    it('answers at once where it knows, and is current after every change', async () => {
      app.clock.set(START);
      const studio = await studioOn();
      await check(studio, 'episodes');
      expect(check(studio, 'episodes')).toMatchObject({ used: 0, remaining: 5 });
      await used(studio, 'episodes', 2);
      expect(await check(studio, 'episodes')).toMatchObject({ used: 2, remaining: 3 });
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
      const studio = await studioOn('small');
      await used(studio, 'episodes', 2);
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

    it('refuses a tenant that is not there', async () => {
      const nobody = app.composition.services.newId(app.clock.now());
      const { entitlements } = app.composition.services;
      for (const feature of ['episodes', 'api_calls'])
        await expect(entitlements.check(nobody, feature)).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('overage', () => {
    const invoicesOf = async (studio: Studio) => (await studio.operate('GET /invoices')).json().data;

    it('is billed once, rounded once, at the price of the version that let it in', async () => {
      app.clock.set(START);
      const studio = await studioOn();
      await used(studio, 'transcripts', 3);
      expect(await used(studio, 'transcripts', 4)).toMatchObject({
        overage_quantity: 4,
        used: 7,
        remaining: 0,
      });
      await used(studio, 'transcripts', 2);
      expect(await get(studio, 'transcripts')).toMatchObject({
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
      await goTo('2026-04-01T02:00:00.000Z');
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
      await goTo('2026-05-01T02:00:00.000Z');
      expect(await invoicesOf(studio)).toHaveLength(1);
    });

    it('stands on the renewal of a subscription, beside its fee', async () => {
      app.clock.set(START);
      const studio = await makeStudio(app);
      expect((await studio.call('POST /subscriptions', { tier_name: 'small' })).statusCode).toBe(201);
      // Twice 10.5 cents: rounded by itself each would be 10.
      await used(studio, 'transcripts', 4);
      await used(studio, 'transcripts', 1);
      await goTo('2026-04-10T13:30:00.000Z');
      const [renewal] = await invoicesOf(studio);
      expect(renewal).toMatchObject({ reason: 'subscription_cycle', total_cents: 1021 });
      expect(renewal.lines).toMatchObject([
        { kind: 'subscription', amount_cents: 1000 },
        { kind: 'feature', quantity: 2, amount_cents: 21, starts_at: '2026-03-10T12:00:00.000Z' },
      ]);
      expect(await get(studio, 'transcripts')).toMatchObject({ used: 0, remaining: 3 });
    });

    it('is not sold in a currency without a price', async () => {
      app.clock.set(START);
      const studio = await makeStudio(app, { tier_name: 'studio', currency: 'EUR' });
      await used(studio, 'transcripts', 3);
      expect(await get(studio, 'transcripts')).toMatchObject({ allowed: false, overage: false });
      expect(refusal(await use(studio, 'transcripts', 1))).toEqual([402, 'entitlement_exceeded']);
    });
  });
});
