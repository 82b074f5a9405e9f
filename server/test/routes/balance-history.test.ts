import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, remainingOf, type Studio } from './token-fixtures.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describeOnEachDatabase('the history of a balance', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());

  const history = async (studio: Studio, query = '') => {
    const answer = await studio.call(`GET /ai-tokens/balance/history${query}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json().days as (Record<string, number> & { day: string })[];
  };
  /** The balance as the balance route has it, in the shape of a day. */
  const asDay = async (studio: Studio) => {
    const {
      grants: _grants,
      last_purchase_at: _bought,
      last_usage_at: _used,
      ...counters
    } = await studio.balance();
    return { day: app.clock.now().toISOString().slice(0, 10), ...counters };
  };

  it('is what the balance was at the end of each day, through everything that moves it', async () => {
    app.clock.set(new Date('2030-01-10T08:00:00.000Z'));
    const studio = await makeStudio(app);
    await studio.operate(`PATCH /tenants/${studio.tenant_id}`, { shortfall_cap_tokens: 10_000 });
    const settle = (hold_id: string, tokens_used: number) =>
      studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used });
    let purchase = '';
    let open = '';
    const days: (() => Promise<unknown>)[] = [
      async () => {
        purchase = (await studio.buy(5000)).transaction_id;
      },
      () => studio.use(700),
      async () => undefined,
      async () => {
        open = await studio.hold(1000, { ttl_seconds: 86_400 });
        const body = {
          tokens: 300,
          reason: 'gift',
          expires_at: new Date(app.clock.now().getTime() + DAY_MS),
        };
        await studio.operate('POST /ai-tokens/grants', body);
      },
      async () => {
        await settle(open, 1200);
        await studio.use(10);
      },
      () => studio.call('POST /refunds', { transaction_id: purchase, amount_cents: 5, reason: 'sorry' }),
      async () => {
        const hold_id = await studio.hold(remainingOf(await studio.balance()));
        await settle(hold_id, 9000);
      },
      () => studio.buy(20_000),
      () => studio.hold(400, { ttl_seconds: 86_400 }),
    ];
    const expected: unknown[] = [];
    for (const day of days) {
      await day();
      app.clock.advance(15 * HOUR_MS);
      expected.push(await asDay(studio));
      app.clock.advance(9 * HOUR_MS);
    }
    app.clock.advance(-9 * HOUR_MS);
    const found = await history(studio, '?from=2030-01-10T00:00:00Z');
    expect(found).toEqual(expected);
    for (const day of found) expect(day.tokens_remaining).toBe(remainingOf(day));
    expect(found.map((day) => day.tokens_held)).toEqual([0, 0, 0, 1000, 0, 0, 0, 0, 400]);
    expect(found.some((day) => Number(day.tokens_shortfall) > 0)).toBe(true);
    // A window inside says the same of its days.
    const window = '?from=2030-01-12T12:00:00Z&to=2030-01-15T00:00:00Z';
    expect(await history(studio, window)).toEqual(expected.slice(2, 5));
  });

  it('counts what has expired by now as expired, whether or not somebody booked it', async () => {
    app.clock.set(new Date('2031-05-05T10:00:00.000Z'));
    const studio = await makeStudio(app);
    const expires_at = new Date(app.clock.now().getTime() + DAY_MS);
    await studio.operate('POST /ai-tokens/grants', { tokens: 50, reason: 'gift', expires_at });
    app.clock.advance(DAY_MS + HOUR_MS);
    const [yesterday, today] = (await history(studio)).slice(-2);
    expect([yesterday?.tokens_remaining, yesterday?.tokens_expired]).toEqual([50, 0]);
    expect(today).toEqual(await asDay(studio));
    expect(today).toMatchObject({ tokens_remaining: 0, tokens_expired: 50 });
  });

  describe('the window', () => {
    it('is the last 30 days by default, today among them, with zeros before the first entry', async () => {
      app.clock.set(new Date('2032-03-01T00:00:00.000Z'));
      const studio = await makeStudio(app);
      const days = await history(studio);
      expect([days.length, days[0]?.day, days.at(-1)?.day]).toEqual([30, '2032-02-01', '2032-03-01']);
      expect(days.every((day) => day.tokens_remaining === 0)).toBe(true);
    });

    it('leaves out days that are yet to come, and is empty where none is left', async () => {
      const studio = await makeStudio(app);
      const days = await history(studio, '?from=2032-02-28T00:00:00Z&to=2032-03-09T00:00:00Z');
      expect(days.map(({ day }) => day)).toEqual(['2032-02-28', '2032-02-29', '2032-03-01']);
      expect(await history(studio, '?from=2033-01-01T00:00:00Z&to=2033-01-09T00:00:00Z')).toEqual([]);
      expect(await history(studio, '?from=2032-02-09T00:00:00Z&to=2032-02-01T00:00:00Z')).toEqual([]);
    });

    it('422 request_invalid: is at most 400 days', async () => {
      const studio = await makeStudio(app);
      expect(await history(studio, '?from=2031-01-27T00:00:00Z&to=2032-03-01T00:00:00Z')).toHaveLength(399);
      const answer = await studio.call('GET /ai-tokens/balance/history?from=2030-01-01T00:00:00Z');
      expect(refusal(answer)).toEqual([422, 'request_invalid']);
      expect(answer.json().errors[0].pointer).toBe('/from');
    });
  });
});
