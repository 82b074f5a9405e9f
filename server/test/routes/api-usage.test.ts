import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvent, callEvents, sendCalls, summaryOf } from './call-fixtures.ts';
import { freshId, makeStudio, type Studio } from './token-fixtures.ts';

describeOnEachDatabase('API usage', (getDb) => {
  let app: TestApp;
  let studio: Studio;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(new Date('2026-03-10T12:30:00.000Z')) });
    studio = await makeStudio(app);
  });
  afterAll(() => app.server.close());

  describe('POST /api-usage/events', () => {
    it('202: counts each event once, whatever time a retry has', async () => {
      const own = await makeStudio(app);
      const [first, second] = [callEvent(), callEvent()];
      expect(await sendCalls(own, [first, second, first])).toEqual({
        accepted: 2,
        duplicates: 1,
        rejected: [],
      });
      const again = { ...first, occurred_at: '2026-03-09T00:00:00Z', status_code: 500 };
      expect(await sendCalls(own, [again, callEvent()])).toEqual({
        accepted: 1,
        duplicates: 1,
        rejected: [],
      });
      expect(await summaryOf(own)).toMatchObject({ total_calls: 3, successful_calls: 3 });
    });

    it('202: says which rows were rejected and why, and a retry of the whole doubles nothing', async () => {
      const own = await makeStudio(app);
      const batch = [
        callEvent(),
        callEvent({ status_code: 99 }),
        callEvent({ colour: 'red', method: '' }),
        callEvent({ occurred_at: '2026-03-10T12:35:00.001Z' }),
        callEvent({ occurred_at: '2026-02-03T12:29:59.999Z' }),
        callEvent({ tenant_id: own.tenant_id }),
        'no event',
        callEvent({ endpoint: 'a\u0000b' }),
        callEvent({ occurred_at: '2026-03-10T12:35:00.000Z' }),
        callEvent({ occurred_at: '2026-02-03T12:30:00.000Z' }),
      ];
      const { accepted, duplicates, rejected } = await sendCalls(own, batch);
      expect([accepted, duplicates]).toEqual([3, 0]);
      expect(rejected.map(({ index, code }) => [index, code])).toEqual([
        [1, 'request_invalid'],
        [2, 'request_invalid'],
        [3, 'event_in_future'],
        [4, 'event_too_old'],
        [5, 'operator_only'],
        [6, 'request_invalid'],
        [7, 'request_invalid'],
      ]);
      expect(rejected[0]?.detail).toMatch(/^\/status_code: /);
      expect(rejected[1]?.detail).toMatch(/\/method: .*; \/colour: is not a field of this request/);
      expect(rejected[2]?.detail).toContain('is more than 5 minutes after 2026-03-10T12:30:00.000Z');
      expect(rejected[6]?.detail).toBe('/endpoint: must not contain NUL');
      const repeated = await sendCalls(own, batch);
      expect([repeated.accepted, repeated.duplicates, repeated.rejected]).toEqual([0, 3, rejected]);
    });

    it('202: replays the answer under an Idempotency-Key', async () => {
      const batch = callEvents(2);
      const headers = { 'idempotency-key': freshId('key') };
      const first = await studio.call('POST /api-usage/events', batch as object, headers);
      const again = await studio.call('POST /api-usage/events', batch as object, headers);
      expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([202, 'true']);
      expect(again.json()).toEqual(first.json());
    });

    it('202: an operator records for any tenant, and a tenant that is not there rejects its row alone', async () => {
      const [one, other] = [await makeStudio(app), await makeStudio(app)];
      const unknown = '01900000-0000-7fff-bfff-fffffffffffe';
      const batch = [
        callEvent({ tenant_id: other.tenant_id }),
        callEvent({ tenant_id: unknown }),
        callEvent(),
        callEvent({ tenant_id: other.tenant_id.toUpperCase() }),
      ];
      const answer = await one.operate('POST /api-usage/events', batch as object);
      expect(answer.json()).toMatchObject({ accepted: 3, rejected: [{ index: 1, code: 'not_found' }] });
      expect(await summaryOf(one)).toMatchObject({ total_calls: 1 });
      expect(await summaryOf(other)).toMatchObject({ total_calls: 2 });
    });

    it('202: takes CloudEvents, whose ids are those of their source, and ignores extensions', async () => {
      const own = await makeStudio(app);
      const { id, ...data } = callEvent();
      const event = {
        specversion: '1.0',
        id,
        source: '/studio/1',
        type: 'api.call',
        data,
        traceparent: '00-1',
      };
      const headers = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };
      const batch = [
        event,
        { ...event, source: '/studio/2', time: '2026-03-10T09:00:00Z' },
        event,
        { ...event, specversion: '0.3' },
        { ...event, id: freshId('event'), data: { ...data, colour: 'red' } },
      ];
      const answer = await own.call('POST /api-usage/events', batch as object, headers);
      expect(answer.statusCode, answer.body).toBe(202);
      expect(answer.json()).toMatchObject({
        accepted: 2,
        duplicates: 1,
        rejected: [{ index: 3 }, { index: 4 }],
      });
      // A plain event of the same id is another one.
      expect(await sendCalls(own, [{ ...data, id }])).toMatchObject({ accepted: 1 });
    });

    it('415: other routes do not take CloudEvents', async () => {
      const headers = { 'content-type': 'application/cloudevents-batch+json' };
      const answer = await studio.call('POST /ai-tokens/usage', { tokens_used: 1 }, headers);
      expect(answer.statusCode).toBe(415);
    });
  });

  describe('GET /api-usage/summary', () => {
    it('bills what is successful and beyond what the tier includes', async () => {
      const own = await makeStudio(app);
      for (let batch = 0; batch < 3; batch++) await sendCalls(own, callEvents(1000));
      await sendCalls(own, [...callEvents(5, { status_code: 399 }), ...callEvents(7, { status_code: 400 })]);
      expect(await summaryOf(own)).toMatchObject({
        from: '2026-03-01T00:00:00.000Z',
        to: '2026-04-01T00:00:00.000Z',
        total_calls: 3012,
        successful_calls: 3005,
        failed_calls: 7,
        included_calls: 1000,
        billable_calls: 2005,
        cost: '0.10025',
        currency: 'USD',
      });
    });

    it('has a cost of two decimals at least, in the currency of the tenant', async () => {
      expect(await summaryOf(await makeStudio(app))).toMatchObject({ cost: '0.00', groups: [] });
      const yen = await makeStudio(app, { currency: 'JPY' });
      for (let batch = 0; batch < 3; batch++) await sendCalls(yen, callEvents(1000));
      expect(await summaryOf(yen)).toMatchObject({ billable_calls: 2000, cost: '10.00', currency: 'JPY' });
      const all = await makeStudio(app, { tier_name: 'enterprise' });
      await sendCalls(all, callEvents(1000));
      expect(await summaryOf(all)).toMatchObject({ billable_calls: 0, included_calls: null, cost: '0.00' });
    });

    it('adds up however it is cut: parts take what is included in the order of time', async () => {
      const own = await makeStudio(app);
      for (const day of ['03', '05', '05', '08']) {
        await sendCalls(own, callEvents(700, { occurred_at: `2026-03-${day}T10:20:00Z` }));
      }
      const parts = ['?to=2026-03-05T00:00:00Z', '?from=2026-03-05T00:00:00Z&to=2026-03-06T00:00:00Z'];
      parts.push('?from=2026-03-06T00:00:00Z');
      const read = await Promise.all(parts.map((query) => summaryOf(own, query)));
      expect(read.map((part) => part.billable_calls)).toEqual([0, 1100, 700]);
      expect(read.map((part) => part.cost)).toEqual(['0.00', '0.055', '0.035']);
      expect(await summaryOf(own)).toMatchObject({ billable_calls: 1800, cost: '0.09' });
    });

    it('tells the calls apart by day, hour, endpoint, key and status', async () => {
      const own = await makeStudio(app);
      const api_key_id = '01900000-0000-7000-8000-00000000abcd';
      await sendCalls(own, [
        callEvent({ occurred_at: '2026-03-09T23:59:59.999Z', response_time_ms: 10 }),
        callEvent({ occurred_at: '2026-03-10T00:00:00Z', api_key_id, response_time_ms: 20.5 }),
        callEvent({ occurred_at: '2026-03-10T00:59:59Z', status_code: 404, response_time_ms: 30 }),
        callEvent({ endpoint: '/shows', method: 'post', occurred_at: '2026-03-10T11:00:00Z' }),
      ]);
      const keysOf = async (group_by: string) =>
        (await summaryOf(own, `?group_by=${group_by}`)).groups.map((group) => Object.values(group));
      expect(await keysOf('day')).toEqual([
        ['2026-03-09', 1, 1, 0, 10],
        ['2026-03-10', 3, 2, 1, 23.5],
      ]);
      expect(await keysOf('hour')).toEqual([
        ['2026-03-09T23:00:00.000Z', 1, 1, 0, 10],
        ['2026-03-10T00:00:00.000Z', 2, 1, 1, 25.25],
        ['2026-03-10T11:00:00.000Z', 1, 1, 0, 20],
      ]);
      expect(await keysOf('endpoint')).toEqual([
        ['/episodes/:episode_id', 3, 2, 1, 20.167],
        ['/shows', 1, 1, 0, 20],
      ]);
      expect(await keysOf('api_key_id')).toEqual([
        [null, 3, 2, 1, 20],
        [api_key_id, 1, 1, 0, 20.5],
      ]);
      expect(await keysOf('status_code')).toEqual([
        ['200', 3, 3, 0, 16.833],
        ['404', 1, 0, 1, 30],
      ]);
      const day = await summaryOf(
        own,
        '?group_by=endpoint&from=2026-03-10T05:00:00Z&to=2026-03-10T06:00:00Z',
      );
      expect(day).toMatchObject({
        from: '2026-03-10T00:00:00.000Z',
        to: '2026-03-11T00:00:00.000Z',
        total_calls: 3,
      });
      const hour = await summaryOf(own, '?from=2026-03-10T00:30:00Z&to=2026-03-10T00:30:00.001Z');
      expect(hour).toMatchObject({
        from: '2026-03-10T00:00:00.000Z',
        to: '2026-03-10T01:00:00.000Z',
        total_calls: 2,
      });
    });

    it('has the average exactly, and percentiles to their buckets', async () => {
      const own = await makeStudio(app);
      const calls = Array.from({ length: 100 }, (_call, index) => callEvent({ response_time_ms: index + 1 }));
      await sendCalls(own, calls);
      const summary = await summaryOf(own);
      expect(summary.avg_response_time_ms).toBe(50.5);
      for (const percent of [50, 95, 99]) {
        const told = Number(summary[`p${percent}_response_time_ms`]);
        expect(Math.abs(told - percent), `p${percent}`).toBeLessThan(3);
      }
      const none = await summaryOf(await makeStudio(app));
      expect(none).toMatchObject({
        avg_response_time_ms: null,
        p50_response_time_ms: null,
        p99_response_time_ms: null,
      });
    });

    it('tells a thousand endpoints of a day apart, and counts the rest as other', async () => {
      const own = await makeStudio(app);
      const events = Array.from({ length: 1000 }, (_event, index) =>
        callEvent({ endpoint: `/path/${index}` }),
      );
      await sendCalls(own, events.slice(0, 990));
      await sendCalls(own, [
        ...events.slice(985),
        ...callEvents(3, { endpoint: '/new' }),
        callEvent({ endpoint: '/path/7' }),
      ]);
      await sendCalls(own, [
        callEvent({ endpoint: '/newer' }),
        callEvent({ endpoint: '/newer', occurred_at: '2026-03-09T00:00:00Z' }),
      ]);
      const { groups, total_calls } = await summaryOf(own, '?group_by=endpoint&from=2026-03-10T00:00:00Z');
      expect(total_calls).toBe(1005);
      expect(groups.slice(0, 2)).toMatchObject([
        { key: 'other', total_calls: 4 },
        { key: '/path/7', total_calls: 2 },
      ]);
      const yesterday = await summaryOf(own, '?group_by=endpoint&to=2026-03-10T00:00:00Z');
      expect(yesterday.groups).toMatchObject([{ key: '/newer' }]);
    });
  });
});

describeOnEachDatabase('GET /api-usage/tenants', (getDb) => {
  it('200: the calls of everybody, and of those with the most first; for operators only', async () => {
    const app = await testApp(getDb(), { clock: fixedClock(new Date('2026-03-10T12:30:00.000Z')) });
    const [one, other] = [await makeStudio(app, { name: 'One' }), await makeStudio(app, { name: 'Other' })];
    await makeStudio(app);
    await sendCalls(one, callEvents(2, { occurred_at: '2026-03-09T10:00:00Z' }));
    await sendCalls(other, [...callEvents(3), callEvent({ status_code: 500 })]);
    await sendCalls(other, [callEvent({ occurred_at: '2026-02-28T10:00:00Z' })]);
    const answer = await app.call('GET /api-usage/tenants');
    expect(answer.json()).toEqual({
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-04-01T00:00:00.000Z',
      total_calls: 6,
      successful_calls: 5,
      failed_calls: 1,
      active_tenants: 2,
      tenants: [
        { tenant_id: other.tenant_id, name: 'Other', total_calls: 4, successful_calls: 3, failed_calls: 1 },
        { tenant_id: one.tenant_id, name: 'One', total_calls: 2, successful_calls: 2, failed_calls: 0 },
      ],
    });
    const day = await app.call('GET /api-usage/tenants?from=2026-03-10T00:00:00Z');
    expect(day.json()).toMatchObject({ total_calls: 4, active_tenants: 1 });
    expect((await one.call('GET /api-usage/tenants')).statusCode).toBe(403);
    await app.server.close();
  });
});

describeOnEachDatabase('billing periods', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(new Date('2026-01-31T23:57:00.000Z')) });
  });
  afterAll(() => app.server.close());

  it('take what is late for an hour, and make it an adjustment of the open period afterwards', async () => {
    const studio = await makeStudio(app);
    const late = (at: string) => callEvent({ occurred_at: `2026-01-31T23:${at}:00Z` });
    await sendCalls(studio, [late('40'), callEvent({ occurred_at: '2026-02-01T00:01:00Z' })]);
    app.clock.set(new Date('2026-02-01T00:59:00.000Z'));
    await app.composition.runner.runDue();
    await sendCalls(studio, [late('41')]);
    expect(await summaryOf(studio)).toMatchObject({ total_calls: 1 });
    app.clock.set(new Date('2026-02-01T01:00:00.000Z'));
    await app.composition.runner.runDue();
    await sendCalls(studio, [late('42'), late('43')]);
    const february = await summaryOf(studio);
    expect(february).toMatchObject({ total_calls: 3, from: '2026-02-01T00:00:00.000Z' });
    expect(february.groups).toMatchObject([
      { key: '2026-01-31', total_calls: 2 },
      { key: '2026-02-01', total_calls: 1 },
    ]);
    expect(await summaryOf(studio, '?to=2026-02-01T00:00:00Z')).toMatchObject({ total_calls: 4 });
  });

  it('keep what was included when they were closed', async () => {
    app.clock.set(new Date('2026-02-10T00:00:00.000Z'));
    const studio = await makeStudio(app);
    await sendCalls(studio, callEvents(1000));
    await sendCalls(studio, callEvents(200));
    app.clock.set(new Date('2026-03-10T00:00:00.000Z'));
    await app.composition.runner.runDue();
    await studio.operate(`PATCH /tenants/${studio.tenant_id}`, { tier_name: 'starter' });
    await sendCalls(studio, callEvents(1));
    expect(await summaryOf(studio)).toMatchObject({ included_calls: 10_000, billable_calls: 0 });
    expect(await summaryOf(studio, '?from=2026-02-01T00:00:00Z')).toMatchObject({
      total_calls: 1201,
      billable_calls: 200,
    });
  });

  for (const [how, request, body] of [
    ['the operator', 'PATCH /tenants', { tier_name: 'professional' }],
    ['a subscription', 'POST /subscriptions', { tier_name: 'professional' }],
  ] as const)
    it(`are billed by the tier that they ended with, when ${how} changes it within the hour after`, async () => {
      app.clock.set(new Date('2026-02-10T00:00:00.000Z'));
      const studio = await makeStudio(app);
      await sendCalls(studio, callEvents(1000));
      await sendCalls(studio, callEvents(1000));
      app.clock.set(new Date('2026-03-01T00:30:00.000Z'));
      const path = request === 'PATCH /tenants' ? (`${request}/${studio.tenant_id}` as const) : request;
      expect((await studio.operate(path, body)).statusCode).toBeLessThan(300);
      app.clock.set(new Date('2026-03-01T01:00:00.000Z'));
      await app.composition.runner.runDue();
      expect(await summaryOf(studio, '?from=2026-02-01T00:00:00Z&to=2026-03-01T00:00:00Z')).toMatchObject({
        total_calls: 2000,
        billable_calls: 1000,
      });
      const { data } = (await studio.operate('GET /invoices')).json();
      expect(data[0]).toMatchObject({ reason: 'usage', total_cents: 5 });
    });
});
