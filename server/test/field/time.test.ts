import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvents, sendCalls, summaryOf } from '../routes/call-fixtures.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';

interface Bill {
  reason: string;
  status: string;
  total_cents: number;
  period_start: string;
  period_end: string;
}

/** Cases of time, each in the words in which they were gathered. */
describeOnEachDatabase('time', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(new Date('2026-01-31T10:00:00.000Z')) });
  });
  afterAll(async () => {
    const { checks } = await runAudit(getDb());
    expect(checks.filter(({ difference }) => difference)).toEqual([]);
    await app.server.close();
  });

  /** From a time on; with `time_zone` by the calendar of that zone. */
  async function subscribed(at: string, terms: object = {}, time_zone?: string): Promise<Studio> {
    app.clock.set(new Date(at));
    const studio = await makeStudio(app);
    if (time_zone !== undefined) {
      const set = await studio.operate('PUT /billing-details', { time_zone });
      expect(set.statusCode, set.body).toBe(200);
    }
    const answer = await studio.operate('POST /subscriptions', { tier_name: 'starter', ...terms });
    expect(answer.statusCode, answer.body).toBe(201);
    return studio;
  }
  const goTo = async (at: string) => {
    app.clock.set(new Date(at));
    await app.composition.runner.runDue();
  };
  /** Read by the operator, whose calls are not counted. */
  const balanceOf = async (studio: Studio) => (await studio.operate('GET /ai-tokens/balance')).json();
  /** In the order of what they are for: those that one run makes up for have one time. */
  const billsOf = async (studio: Studio): Promise<Bill[]> => {
    const bills: Bill[] = (await studio.operate('GET /invoices?limit=200')).json().data;
    return bills.sort((a, b) => (a.period_start < b.period_start ? -1 : 1));
  };
  /** What was paid for, from the first start to the last end; each begins where the one before ended. */
  const paidFor = async (studio: Studio): Promise<string[]> => {
    const bills = await billsOf(studio);
    for (const [index, { period_start }] of bills.entries())
      if (index > 0) expect(period_start).toBe(bills[index - 1]?.period_end);
    return [bills[0]?.period_start ?? '', ...bills.map(({ period_end }) => period_end)];
  };

  it.each([
    ['31 Jan -> 28 Feb -> 31 Mar', '2026-01-31T10:00:00.000Z', '2026-02-28', '2026-03-31', '2026-04-30'],
    ['31 Jan -> 29 Feb -> 31 Mar', '2028-01-31T10:00:00.000Z', '2028-02-29', '2028-03-31', '2028-04-30'],
  ])('"day 31 anchors": %s', async (_title, start, ...ends) => {
    const studio = await subscribed(start);
    await goTo(`${ends[1]}T13:00:00.000Z`);
    expect(await paidFor(studio)).toEqual([start, ...ends.map((day) => `${day}T10:00:00.000Z`)]);
  });

  it('"leap days", "year intervals": a year from 29 February ends on the 28th, and on the 29th of the next leap year', async () => {
    const studio = await subscribed('2028-02-29T08:00:00.000Z', { interval: 'year' });
    await goTo('2031-06-01T00:00:00.000Z');
    expect(await paidFor(studio)).toEqual(
      ['2028-02-29', '2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29'].map(
        (day) => `${day}T08:00:00.000Z`,
      ),
    );
    expect((await billsOf(studio)).map(({ total_cents }) => total_cents)).toEqual([
      29_000, 29_000, 29_000, 29_000,
    ]);
    // The tokens of a month and no more: what is made up for late does not grant what would have expired meanwhile.
    expect(await balanceOf(studio)).toMatchObject({ tokens_remaining: 10_000 });
  });

  it('"a tenant billing in its own time zone across a daylight-saving change"', async () => {
    // 09:30 in Berlin, before and after the last Sunday of March and of October.
    const studio = await subscribed('2026-03-15T08:30:00.000Z', {}, 'Europe/Berlin');
    await goTo('2026-11-16T00:00:00.000Z');
    const paid = await paidFor(studio);
    expect(paid.slice(0, 3)).toEqual([
      '2026-03-15T08:30:00.000Z',
      '2026-04-15T07:30:00.000Z',
      '2026-05-15T07:30:00.000Z',
    ]);
    expect(paid.slice(-3)).toEqual([
      '2026-10-15T07:30:00.000Z',
      '2026-11-15T08:30:00.000Z',
      '2026-12-15T08:30:00.000Z',
    ]);
    expect(new Set((await billsOf(studio)).map(({ total_cents }) => total_cents))).toEqual(new Set([2900]));
  });

  it('"trial ending on a renewal day": it is billed once, and its month is one month', async () => {
    // The trial's month ends on 28 February for want of a 31st, in the very moment in which the trial does.
    const studio = await subscribed('2026-01-31T10:00:00.000Z', { trial_days: 28 });
    // Calls are recorded beyond that moment before anything that is due then was done.
    app.clock.set(new Date('2026-02-28T10:00:30.000Z'));
    await sendCalls(studio, callEvents(3));
    await goTo('2026-02-28T13:00:00.000Z');
    expect(await billsOf(studio)).toMatchObject([
      { total_cents: 2900, period_start: '2026-02-28T10:00:00.000Z', period_end: '2026-03-28T10:00:00.000Z' },
    ]);
    expect(await balanceOf(studio)).toMatchObject({ tokens_remaining: 10_000, tokens_expired: 10_000 });
    expect(await summaryOf(studio)).toMatchObject({
      from: '2026-02-28T10:00:00.000Z',
      to: '2026-03-28T10:00:00.000Z',
      total_calls: 3,
    });
    await goTo('2026-03-28T13:00:00.000Z');
    expect(await paidFor(studio)).toEqual(
      ['2026-02-28', '2026-03-28', '2026-04-28'].map((day) => `${day}T10:00:00.000Z`),
    );
    expect(await summaryOf(studio)).toMatchObject({ from: '2026-03-28T10:00:00.000Z', total_calls: 0 });
  });

  it('"trial ending on a renewal day": one of several months includes tokens in each, and is billed when it is over', async () => {
    const studio = await subscribed('2026-02-01T10:00:00.000Z', { trial_days: 59 });
    await goTo('2026-03-31T10:00:00.000Z');
    expect(await billsOf(studio)).toEqual([]);
    await goTo('2026-04-01T13:00:00.000Z');
    expect(await paidFor(studio)).toEqual(['2026-04-01T10:00:00.000Z', '2026-05-01T10:00:00.000Z']);
    expect(await balanceOf(studio)).toMatchObject({ tokens_granted: 30_000, tokens_remaining: 10_000 });
  });

  it('"clocks that step back": a renewal is not made again, and the next is at its time', async () => {
    const studio = await subscribed('2026-04-10T00:00:00.000Z');
    await goTo('2026-05-10T02:00:00.000Z');
    const before = await billsOf(studio);
    expect(before.map(({ total_cents }) => total_cents)).toEqual([2900, 2900]);
    await goTo('2026-05-09T00:00:00.000Z');
    await sendCalls(studio, callEvents(5));
    await goTo('2026-05-10T02:00:00.000Z');
    expect(await billsOf(studio)).toEqual(before);
    await goTo('2026-06-10T02:00:00.000Z');
    expect(await paidFor(studio)).toEqual(
      ['2026-04-10', '2026-05-10', '2026-06-10', '2026-07-10'].map((day) => `${day}T00:00:00.000Z`),
    );
  });
});
