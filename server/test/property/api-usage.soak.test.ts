import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { type ModelEvent, UsageModel } from './usage-model.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
const HISTORIES = soak ? 600 : 40;
const MINUTE_MS = 60_000;
/** Small enough for histories to go beyond them. */
const INCLUDED = { free: 3, starter: 6 } as const;
type Tier = keyof typeof INCLUDED;

const eventId = fc.integer({ min: 0, max: 40 }).map((number) => `event-${number}`);
const correctedStatus = fc.constantFrom(200, 500, 'void' as const);
const event = fc.record({
  id: eventId,
  // Mostly of the last days, and some too old or too new.
  minutes_ago: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -5, max: 3 * 1440 }) },
    { weight: 1, arbitrary: fc.integer({ min: -7, max: 36 * 1440 }) },
  ),
  status_code: fc.constantFrom(200, 201, 399, 400, 500),
  response_time_ms: fc.integer({ min: 0, max: 4000 }).map((quarters) => quarters / 4),
  endpoint: fc.constantFrom('/a', '/b', '/c'),
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ send: fc.array(event, { minLength: 1, maxLength: 8 }) }) },
  { weight: 3, arbitrary: fc.record({ correct: eventId, status_code: correctedStatus }) },
  { weight: 3, arbitrary: fc.record({ advance_minutes: fc.integer({ min: 1, max: 18 * 1440 }) }) },
  { weight: 1, arbitrary: fc.record({ tier: fc.constantFrom<Tier>('free', 'starter') }) },
);

// By batch writers, and each post by a transaction of its own.
for (const TALLYSTICK_LANES of ['2', '0']) describeHistories(TALLYSTICK_LANES);

function describeHistories(TALLYSTICK_LANES: string): void {
  describeOnEachDatabase(`API usage against a simple model, with ${TALLYSTICK_LANES} lanes`, (getDb) => {
    it(`agrees over ${HISTORIES} random histories`, { timeout: soak ? 1_800_000 : 120_000 }, async () => {
      const clock = fixedClock(new Date('2026-01-31T22:30:00.000Z'));
      const app = await testApp(getDb(), { clock, env: { TALLYSTICK_LANES } });
      for (const [tier_name, calls] of Object.entries(INCLUDED)) {
        await getDb().asOwner((tx) =>
          sql`update subscription_tiers set included_api_calls = ${calls} where tier_name = ${tier_name}`.execute(
            tx,
          ),
        );
      }
      const ranges = fc.tuple(fc.integer({ min: -3000, max: 60_000 }), fc.integer({ min: 1, max: 60_000 }));
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 3, maxLength: 14 }),
          fc.array(ranges, { maxLength: 3 }),
          async (steps, cuts) => {
            const studio = await makeStudio(app);
            const model = new UsageModel(clock.now().getTime(), INCLUDED.free);
            for (const one of steps) {
              if ('send' in one) await send(studio, model, one.send);
              else if ('correct' in one) await correct(studio, model, one.correct, one.status_code);
              else if ('tier' in one) {
                await studio.operate(`PATCH /tenants/${studio.tenant_id}`, { tier_name: one.tier });
                model.included = INCLUDED[one.tier];
              } else {
                clock.advance(one.advance_minutes * MINUTE_MS);
                await app.composition.runner.runDue();
                model.advance(one.advance_minutes * MINUTE_MS);
              }
              await compare(studio, model, undefined);
            }
            for (const [ends_ago, minutes] of cuts) {
              const to = model.now - ends_ago * MINUTE_MS;
              await compare(studio, model, { from: to - minutes * MINUTE_MS, to });
            }
          },
        ),
        {
          numRuns: HISTORIES,
          ...(process.env.TALLYSTICK_SEED ? { seed: Number(process.env.TALLYSTICK_SEED) } : {}),
        },
      );
      expect(await runAudit(getDb())).toMatchObject({ ok: true });
      await app.server.close();
    });
  });
}

async function send(
  studio: Studio,
  model: UsageModel,
  drawn: readonly (Omit<ModelEvent, 'at'> & { minutes_ago: number })[],
): Promise<void> {
  const events = drawn.map(({ minutes_ago, ...rest }) => ({
    ...rest,
    at: model.now - minutes_ago * MINUTE_MS,
  }));
  const body = events.map(({ at, ...rest }) => ({
    ...rest,
    method: 'GET',
    occurred_at: new Date(at).toISOString(),
  }));
  const answer = await studio.operate('POST /api-usage/events', body as object);
  const { rejected, ...counts } = answer.json();
  expect({ ...counts, rejected: rejected.map((row: { index: number }) => row.index) }).toEqual(
    model.record(events),
  );
}

async function correct(
  studio: Studio,
  model: UsageModel,
  id: string,
  status_code: number | 'void',
): Promise<void> {
  const what = status_code === 'void' ? { action: 'void' } : { action: 'amend', status_code };
  const answer = await studio.operate('POST /api-usage/corrections', { id, reason: 'drawn', ...what });
  expect(answer.statusCode, answer.body).toBe(model.correct(id, status_code));
}

async function compare(
  studio: Studio,
  model: UsageModel,
  range: { from: number; to: number } | undefined,
): Promise<void> {
  const times = range && `&from=${new Date(range.from).toISOString()}&to=${new Date(range.to).toISOString()}`;
  for (const group_by of ['day', 'endpoint'] as const) {
    const answer = await studio.operate(`GET /api-usage/summary?group_by=${group_by}${times ?? ''}`);
    expect(answer.statusCode, answer.body).toBe(200);
    const { groups, ...totals } = answer.json();
    const { groups: expected_groups, ...expected } = model.summary(group_by, range);
    expect(totals).toMatchObject(expected);
    const sorted = [...groups].sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(sorted).toMatchObject(expected_groups);
    expect(totals.cost).toBe((expected.billable_calls * 0.00005).toFixed(5).replace(/0{1,3}$/, ''));
    const p95 = totals.p95_response_time_ms;
    expect(p95 === null).toBe(expected.total_calls === 0);
  }
}
