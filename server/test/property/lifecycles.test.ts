import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { fixedClock } from '../harness/fixed-clock.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvents, sendCalls } from '../routes/call-fixtures.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { LifecycleModel, TIERS, type TierName } from './lifecycle-model.ts';

const soak = process.env.TALLYSTICK_SOAK === 'true';
const HISTORIES = soak ? 60 : 4;

const tier = fc.constantFrom<TierName>('small', 'medium', 'large');
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ advance_minutes: fc.integer({ min: 61, max: 75 * 1440 }) }) },
  { weight: 4, arbitrary: fc.record({ calls: fc.integer({ min: 1, max: 60 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      tier,
      interval: fc.constantFrom<'month' | 'year'>('month', 'month', 'year'),
      when: fc.constantFrom<'now' | 'period_end' | undefined>(undefined, undefined, 'now', 'period_end'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ end: fc.constantFrom('cancel', 'resume') }) },
);
type Step =
  | { advance_minutes: number }
  | { calls: number }
  | { tier: TierName; interval: 'month' | 'year'; when: 'now' | 'period_end' | undefined }
  | { end: string };

describeOnEachDatabase('subscriptions against a simple model', (getDb) => {
  it(`agree over ${HISTORIES} histories of some five years`, {
    timeout: soak ? 1_800_000 : 180_000,
  }, async () => {
    const clock = fixedClock(new Date('2027-01-29T23:30:15.250Z'));
    const app = await testApp(getDb(), { clock });
    for (const [tier_name, { month_cents, included_calls, call_cents }] of Object.entries(TIERS)) {
      const made = await app.call('POST /subscription-tiers', {
        body: {
          tier_name,
          title: tier_name,
          prices: { USD: { month: month_cents, year: month_cents * 10 } },
          included_api_calls: included_calls,
          api_call_prices: { USD: { model: 'per_unit', unit_price_cents: String(call_cents) } },
        },
      });
      expect(made.statusCode, made.body).toBe(201);
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 50 }), async (steps) => {
        const studio = await makeStudio(app);
        const model = new LifecycleModel(clock.now().getTime());
        for (const one of steps as Step[]) {
          await take(app, studio, model, one);
          await compare(studio, model);
        }
      }),
      {
        numRuns: HISTORIES,
        ...(process.env.TALLYSTICK_SEED ? { seed: Number(process.env.TALLYSTICK_SEED) } : {}),
      },
    );
    expect((await runAudit(getDb())).checks.filter(({ difference }) => difference)).toEqual([]);
    await app.server.close();
  });
});

async function take(app: TestApp, studio: Studio, model: LifecycleModel, one: Step): Promise<void> {
  const done = async (request: Parameters<Studio['operate']>[0], body?: object) => {
    const answer = await studio.operate(request, body);
    expect(answer.statusCode, answer.body).toBeLessThan(300);
  };
  // No two things happen in one moment.
  app.clock.advance(1);
  model.advance(1);
  if ('advance_minutes' in one) {
    app.clock.advance(one.advance_minutes * 60_000);
    await app.composition.runner.runDue();
    model.advance(one.advance_minutes * 60_000);
  } else if ('calls' in one) {
    await sendCalls(studio, callEvents(one.calls));
    model.call(one.calls);
    // The host's report itself is a call of the studio's key, and not counted.
  } else if ('end' in one) {
    if (model.subscription === undefined) return;
    await done(`POST /subscriptions/current/${one.end as 'cancel'}`);
    if (one.end === 'cancel') model.cancel();
    else model.resume();
  } else if (model.subscription === undefined) {
    await done('POST /subscriptions', { tier_name: one.tier, interval: one.interval });
    model.start(one.tier, one.interval);
  } else if (model.subscription.tier !== one.tier || model.subscription.interval !== one.interval) {
    const { tier: tier_name, interval, when } = one;
    await done('POST /subscriptions/current/change', { tier_name, interval, ...(when && { when }) });
    model.change(tier_name, interval, when);
  }
}

interface Listed {
  status: string;
  total_cents: number;
  lines: { kind: string }[];
}

/** What was invoiced and how often a fee was, drafts included; and the book's identity. */
async function compare(studio: Studio, model: LifecycleModel): Promise<void> {
  const invoices: Listed[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { data: Listed[]; next_cursor: string | null } = (
      await studio.operate(`GET /invoices?limit=200${cursor && `&cursor=${cursor}`}`)
    ).json();
    invoices.push(...page.data);
    cursor = page.next_cursor;
  }
  const live = invoices.filter(({ status }) => status !== 'void');
  const fees = live.flatMap(({ lines }) => lines).filter(({ kind }) => kind === 'subscription');
  expect({
    invoiced_cents: live.reduce((sum, { total_cents }) => sum + total_cents, 0),
    fees: fees.length,
  }).toEqual({ invoiced_cents: model.invoiced_cents, fees: model.fees });
  const { identity } = (await studio.operate('GET /ledger/accounts')).json();
  expect(identity.every(({ holds }: { holds: boolean }) => holds)).toBe(true);
}
