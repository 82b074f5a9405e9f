import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvent, callEvents, sendCalls, summaryOf } from './call-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

const START = new Date('2026-01-10T12:00:00.000Z');
/** Two calls are free. At 12.5 cents each a wrong rounding shows. */
const TIER = {
  tier_name: 'by_the_call',
  title: 'By the call',
  included_api_calls: 2,
  api_call_prices: { USD: { model: 'per_unit', unit_price_cents: '12.5' } },
};
/** The same, of which there will be another version. */
const REVISED = { ...TIER, tier_name: 'revised' };
/** The first two that are paid for cost 100 each, all beyond 10. */
const GRADUATED = {
  ...TIER,
  tier_name: 'by_the_step',
  api_call_prices: {
    USD: {
      model: 'graduated',
      tiers: [
        { up_to: 2, unit_price_cents: '100' },
        { up_to: null, unit_price_cents: '10' },
      ],
    },
  },
};

interface Line {
  kind: string;
  description: string;
  quantity: number;
  amount_cents: number;
  starts_at: string;
  ends_at: string;
  explanation: Record<string, unknown>;
}
interface Bill {
  status: string;
  period_start: string;
  total_cents: number;
  credit_applied_cents: number;
  lines: Line[];
}

describeOnEachDatabase('adjustments of usage on invoices', (getDb) => {
  let app: TestApp;
  let revised_id: string;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(START) });
    for (const body of [TIER, GRADUATED, REVISED]) {
      const made = await app.call('POST /subscription-tiers', { body });
      expect(made.statusCode, made.body).toBe(201);
      if (body === REVISED) revised_id = made.json().tier_id;
    }
  });
  afterAll(async () => {
    const { checks } = await runAudit(getDb());
    expect(checks.filter(({ difference }) => difference)).toEqual([]);
    await app.server.close();
  });

  const goTo = async (time: string) => {
    app.clock.set(new Date(time));
    await app.composition.runner.runDue();
  };
  const studioOn = async (tier_name = TIER.tier_name): Promise<Studio> => {
    app.clock.set(START);
    return await makeStudio(app, { tier_name });
  };
  /** Oldest first. */
  const billsOf = async (studio: Studio): Promise<Bill[]> =>
    (await studio.operate('GET /invoices')).json().data.reverse();
  const lastBill = async (studio: Studio): Promise<Bill | undefined> => (await billsOf(studio)).at(-1);
  const correct = async (studio: Studio, id: unknown, status_code?: number) => {
    const body = {
      id,
      reason: 'a test',
      ...(status_code ? { action: 'amend', status_code } : { action: 'void' }),
    };
    const answer = await studio.operate('POST /api-usage/corrections', body);
    expect(answer.statusCode, answer.body).toBe(201);
    return answer.json();
  };
  const corrections = async (studio: Studio) =>
    (await studio.operate('GET /api-usage/corrections')).json().data;

  describe('late usage', () => {
    it('recorded after the invoice closed goes to the next invoice as a named adjustment', async () => {
      const studio = await studioOn();
      await sendCalls(studio, callEvents(3));
      await goTo('2026-02-03T00:00:00Z');
      expect((await lastBill(studio))?.total_cents).toBe(12);
      await sendCalls(studio, [
        ...callEvents(1, { occurred_at: '2026-01-05T10:20:00Z' }),
        ...callEvents(2, { occurred_at: '2026-01-31T22:20:00Z' }),
        callEvent({ occurred_at: '2026-01-02T10:00:00Z', status_code: 500 }),
        callEvent(),
      ]);
      await goTo('2026-03-01T01:00:00Z');
      // Four in all, two free: one on time beyond its allowance is none, so both are late ones.
      expect(await lastBill(studio)).toMatchObject({
        period_start: '2026-02-01T00:00:00.000Z',
        total_cents: 25,
        lines: [
          {
            kind: 'adjustment',
            description: 'Late usage of 5 – 31 January 2026: 2 API calls',
            quantity: 2,
            amount_cents: 25,
            starts_at: '2026-01-05T10:00:00.000Z',
            ends_at: '2026-01-31T23:00:00.000Z',
            explanation: { late_calls: 3, included_calls: 2, calls_before: 1, calls_after: 4 },
          },
        ],
      });
    });

    it('beside calls on time that are beyond the allowance adds up to what all of them cost', async () => {
      const studio = await studioOn(GRADUATED.tier_name);
      await goTo('2026-02-03T00:00:00Z');
      await sendCalls(studio, [...callEvents(3), ...callEvents(2, { occurred_at: '2026-01-20T10:20:00Z' })]);
      await goTo('2026-03-01T01:00:00Z');
      const bill = await lastBill(studio);
      expect(bill?.lines.map(({ kind, quantity, amount_cents }) => [kind, quantity, amount_cents])).toEqual([
        ['api_calls', 1, 100],
        ['adjustment', 2, 110],
      ]);
      expect(bill?.total_cents).toBe(210);
    });

    it('within what the period includes costs nothing and is no line', async () => {
      const studio = await studioOn();
      await goTo('2026-02-03T00:00:00Z');
      await sendCalls(studio, callEvents(2, { occurred_at: '2026-01-20T10:20:00Z' }));
      await goTo('2026-03-01T01:00:00Z');
      expect(await billsOf(studio)).toEqual([]);
    });
  });

  describe('a correction in a period that is open', () => {
    it('is in its own invoice: there are fewer calls', async () => {
      const studio = await studioOn();
      const events = callEvents(5);
      await sendCalls(studio, events);
      const { period_id } = await correct(studio, events[0]?.id);
      await goTo('2026-02-01T01:00:00Z');
      expect(await billsOf(studio)).toMatchObject([
        { total_cents: 25, lines: [{ kind: 'api_calls', quantity: 2 }] },
      ]);
      expect(await corrections(studio)).toMatchObject([{ period_id, billed_period_id: period_id }]);
    });

    it('is in its own invoice within the hour of grace as well', async () => {
      const studio = await studioOn();
      const events = callEvents(4, { status_code: 500 });
      await sendCalls(studio, events);
      await goTo('2026-02-01T00:59:59Z');
      for (const { id } of events) await correct(studio, id, 200);
      await goTo('2026-02-01T01:00:00Z');
      expect(await billsOf(studio)).toMatchObject([{ total_cents: 25, lines: [{ kind: 'api_calls' }] }]);
    });
  });

  describe('a correction after the period was closed', () => {
    it('lowers the next invoice by what the call was billed, to the cent, at the price of then', async () => {
      const studio = await studioOn(REVISED.tier_name);
      const events = callEvents(5);
      await sendCalls(studio, events);
      await goTo('2026-02-10T00:00:00Z');
      expect(await lastBill(studio)).toMatchObject({ total_cents: 38, lines: [{ quantity: 3 }] });
      // Whoever moves to the next version pays ten times as much: what was billed before stays as it was.
      const dearer = { api_call_prices: { USD: { model: 'per_unit', unit_price_cents: '125' } } };
      const revised = await app.call(`PATCH /subscription-tiers/${revised_id}`, { body: dearer });
      expect(revised.statusCode, revised.body).toBe(200);
      const moved = await studio.operate(`PATCH /tenants/${studio.tenant_id}`, {
        tier_name: REVISED.tier_name,
      });
      expect(moved.statusCode, moved.body).toBe(200);
      await sendCalls(studio, callEvents(4));
      const first = await correct(studio, events[0]?.id);
      expect(first.billed_period_id).toBeNull();
      const january = '?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z';
      expect(await summaryOf(studio, january)).toMatchObject({ total_calls: 4, billable_calls: 2 });
      await goTo('2026-03-01T01:00:00Z');
      // Two at 125 cents, less what three at 12.5 were above two of them: 38 - 25.
      expect(await lastBill(studio)).toMatchObject({
        period_start: '2026-02-01T00:00:00.000Z',
        total_cents: 237,
        lines: [
          { kind: 'api_calls', quantity: 2, amount_cents: 250 },
          {
            kind: 'adjustment',
            description: 'Corrected usage of 1 – 31 January 2026: 1 API call fewer',
            quantity: -1,
            amount_cents: -13,
            starts_at: '2026-01-01T00:00:00.000Z',
            ends_at: '2026-02-01T00:00:00.000Z',
            explanation: {
              calls_before: 5,
              calls_after: 4,
              cost_before_cents: 38,
              cost_after_cents: 25,
              price_version: 'revised:1',
            },
          },
        ],
      });
      const [billed] = await corrections(studio);
      expect(billed.billed_period_id).toEqual(expect.any(String));
      expect(billed.billed_period_id).not.toBe(billed.period_id);
      // Another cent's worth later is the rest: in the end it was three calls of five.
      await correct(studio, events[1]?.id);
      await goTo('2026-04-01T01:00:00Z');
      expect(await lastBill(studio)).toMatchObject({
        total_cents: -13,
        lines: [{ kind: 'adjustment', quantity: -1, amount_cents: -13 }],
      });
      // Nothing is left to adjust.
      await goTo('2026-05-01T01:00:00Z');
      expect(await billsOf(studio)).toHaveLength(3);
    });

    it('that makes a failed call successful raises the next invoice', async () => {
      const studio = await studioOn(GRADUATED.tier_name);
      const events = callEvents(4, { status_code: 500 });
      await sendCalls(studio, [...events, ...callEvents(3)]);
      await goTo('2026-02-10T00:00:00Z');
      expect((await lastBill(studio))?.total_cents).toBe(100);
      for (const { id } of events) await correct(studio, id, 200);
      await goTo('2026-03-01T01:00:00Z');
      // Five are paid for: 100 + 100 + 10 + 10 + 10, of which 100 was billed.
      expect(await lastBill(studio)).toMatchObject({
        total_cents: 130,
        lines: [
          {
            description: 'Corrected usage of 1 – 31 January 2026: 4 API calls more',
            quantity: 4,
            amount_cents: 130,
          },
        ],
      });
    });

    it('becomes credit where nothing else is billed, also of a tenant that has gone quiet', async () => {
      const studio = await studioOn();
      const events = callEvents(6);
      await sendCalls(studio, events);
      await goTo('2026-02-10T00:00:00Z');
      await goTo('2026-02-20T00:00:00Z');
      expect((await lastBill(studio))?.total_cents).toBe(50);
      await correct(studio, events[0]?.id);
      await correct(studio, events[1]?.id, 500);
      await goTo('2026-03-01T01:00:00Z');
      expect(await lastBill(studio)).toMatchObject({ status: 'paid', total_cents: -25 });
      await sendCalls(studio, callEvents(5));
      await goTo('2026-04-01T01:00:00Z');
      expect(await lastBill(studio)).toMatchObject({ total_cents: 38, credit_applied_cents: 25 });
    });

    it('of two periods is a line for each, in the order of time', async () => {
      const studio = await studioOn();
      const [january, february] = [callEvents(3), callEvents(3)];
      await sendCalls(studio, january);
      await goTo('2026-02-10T00:00:00Z');
      await sendCalls(studio, february);
      await goTo('2026-03-02T00:00:00Z');
      for (const events of [february, january]) await correct(studio, events[0]?.id);
      await goTo('2026-04-01T01:00:00Z');
      const lines = (await lastBill(studio))?.lines ?? [];
      expect(lines.map(({ description, amount_cents }) => [description, amount_cents])).toEqual([
        ['Corrected usage of 1 – 31 January 2026: 1 API call fewer', -12],
        ['Corrected usage of 1 – 28 February 2026: 1 API call fewer', -12],
      ]);
    });

    it('that changes no bill is no line, and is done with all the same', async () => {
      const studio = await studioOn();
      const events = callEvents(2);
      await sendCalls(studio, events);
      await goTo('2026-02-10T00:00:00Z');
      await correct(studio, events[0]?.id);
      await goTo('2026-03-01T01:00:00Z');
      expect(await billsOf(studio)).toEqual([]);
      expect(await corrections(studio)).toMatchObject([{ billed_period_id: expect.any(String) }]);
    });

    it('made while bills are made is in one of them, once', async () => {
      const studio = await studioOn();
      const events = callEvents(40);
      await sendCalls(studio, events);
      await goTo('2026-02-10T00:00:00Z');
      expect((await lastBill(studio))?.total_cents).toBe(475);
      await sendCalls(studio, callEvents(1));
      app.clock.set(new Date('2026-03-01T01:00:00Z'));
      await Promise.all([
        ...events.slice(0, 8).map(({ id }) => correct(studio, id)),
        app.composition.runner.runDue(),
        ...events.slice(8, 16).map(({ id }) => correct(studio, id)),
      ]);
      await correct(studio, events[16]?.id);
      await goTo('2026-04-01T01:00:00Z');
      const totals = (await billsOf(studio)).map(({ total_cents }) => total_cents);
      // Of 40 calls 23 are left, of which two are free: half to even 262.
      expect(totals.reduce((sum, cents) => sum + cents, 0)).toBe(262);
      expect((await corrections(studio)).every((row: object) => 'billed_period_id' in row)).toBe(true);
    });

    it('stands on the renewal of a subscription, beside its fee', async () => {
      const studio = await studioOn('free');
      const started = await studio.operate('POST /subscriptions', { tier_name: 'starter' });
      expect(started.statusCode, started.body).toBe(201);
      const events = Array.from({ length: 11 }, () => callEvents(1000));
      for (const batch of events) await sendCalls(studio, batch);
      await goTo('2026-02-10T13:00:00Z');
      expect(await lastBill(studio)).toMatchObject({ total_cents: 2905, lines: [{}, { quantity: 1000 }] });
      for (const { id } of events[0]?.slice(0, 100) ?? []) await correct(studio, id);
      await goTo('2026-03-10T13:00:00Z');
      // 900 calls at 5 cents per 1,000 are 4.5 cents, half to even 4.
      expect(await lastBill(studio)).toMatchObject({
        total_cents: 2899,
        lines: [
          { kind: 'subscription', amount_cents: 2900 },
          {
            kind: 'adjustment',
            description: 'Corrected usage of 10 January – 10 February 2026: 100 API calls fewer',
            quantity: -100,
            amount_cents: -1,
          },
        ],
      });
    });
  });
});
