import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvents, sendCalls } from '../routes/call-fixtures.ts';
import { makeStudio, type Studio } from '../routes/token-fixtures.ts';
import { dropChecks, expectSeen } from './expect-seen.ts';
import { oneMore, removal, type Tampering, update } from './tamperings.ts';

const corrections = 'tallystick.api_usage_corrections where tenant_id = $tenant';
/** One of the three corrections of one call: 200, void, 201, void. */
const step = (sequence: number) =>
  `sequence = ${sequence} and id = (select id from ${corrections} and sequence = 3)`;
const january = `starts_at = (select min(starts_at) from tallystick.billing_periods where tenant_id = $tenant)`;
const adjustment = `kind = 'adjustment' and source_key like '%:%:%'`;

const TAMPERINGS: readonly Tampering[] = [
  {
    what: 'api_corrections: one in the middle that is gone',
    ...removal('api_usage_corrections', step(2)),
    checks: ['api_corrections'],
    detail: /^correction \S+: is not the next of its call$/,
  },
  {
    what: 'api_corrections: a status that the next did not find',
    change: update('api_usage_corrections', 'status_code_after = 202', step(2)),
    back: update('api_usage_corrections', 'status_code_after = 201', step(2)),
    checks: ['api_corrections'],
    detail: /^correction \S+: does not follow from the one before it$/,
  },
  {
    what: 'api_corrections: a status that the call does not have',
    change: update('api_usage_corrections', 'status_code_before = 202', step(1)),
    back: update('api_usage_corrections', 'status_code_before = 200', step(1)),
    checks: ['api_corrections'],
    detail: /^correction \S+: does not follow from its call$/,
  },
  {
    what: 'api_corrections: another endpoint than the call has',
    change: update('api_usage_corrections', "endpoint = endpoint || '/x'", step(3)),
    back: update('api_usage_corrections', "endpoint = replace(endpoint, '/x', '')", step(3)),
    checks: ['api_corrections'],
    detail: /^correction \S+: is of another call than it says$/,
  },
  {
    what: 'api_corrections: a corrected call that is gone',
    ...removal('api_usage', `id = (select id from ${corrections} and sequence = 3)`),
    checks: ['api_corrections'],
    detail: /^correction \S+: has no call$/,
  },
  {
    what: 'api_rollups: a last correction that is gone',
    ...removal('api_usage_corrections', step(3)),
    checks: ['api_rollups'],
    detail: /^day \S+ .* GET 201 .* is missing, the calls say 1 20$/,
  },
  {
    what: 'api_rollups: a last correction to something else',
    change: update('api_usage_corrections', 'status_code_after = 500', step(3)),
    back: update('api_usage_corrections', 'status_code_after = null', step(3)),
    checks: ['api_rollups'],
    detail: /^day \S+ .* GET 500 .* is missing, the calls say 1 20$/,
  },
  {
    what: 'api_rating: a period that was rated for other calls than it has',
    ...oneMore('billing_periods', 'rated_calls', january),
    checks: ['api_rating'],
    detail: /^billing period \S+: rated_calls is 5, its calls and corrections say 4$/,
  },
  {
    what: 'api_rating: a correction that no bill has taken into account',
    change: `with saved as (select * from ${corrections} and ${step(3)})
      update tallystick.api_usage_corrections c set billed_period_id = null from saved
      where c.tenant_id = $tenant and c.correction_id = saved.correction_id
      returning jsonb_build_object('billed', saved.billed_period_id) as saved`,
    back: update('api_usage_corrections', "billed_period_id = ($saved ->> 'billed')::uuid", step(3)),
    checks: ['api_rating'],
    detail: /^billing period \S+: rated_calls is 4, its calls and corrections say 5$/,
  },
  {
    what: 'api_rating: a period that included more than it was billed for',
    ...oneMore('billing_periods', 'included_calls', january),
    checks: ['api_rating'],
    detail: /^billing period \S+: its lines are 25, rated again they are 12$/,
  },
  {
    what: 'api_rating: a version of a tier that was never made',
    ...oneMore('billing_periods', 'rated_tier_version', january),
    checks: ['api_rating'],
    detail: /^billing period \S+ was rated by a tier that is in no catalogue$/,
  },
  {
    what: 'api_rating: a line that says more than the calls cost',
    ...oneMore('invoice_lines', 'amount_cents', adjustment),
    checks: ['api_rating', 'invoices', 'invoice_entries'],
    detail: /^billing period \S+: its lines are 26, rated again they are 25$/,
  },
];

describeOnEachDatabase('audit of corrected usage', (getDb) => {
  let app: TestApp;
  let studio: Studio;
  beforeAll(async () => {
    app = await testApp(getDb(), { clock: fixedClock(new Date('2026-01-10T12:00:00.000Z')) });
    studio = await correctedStudio(app);
    await dropChecks(getDb());
  });
  afterAll(() => app.server.close());

  it('is clean, and rates what was corrected and what was late', async () => {
    const { checks } = await runAudit(getDb());
    expect(checks.filter((check) => check.difference)).toEqual([]);
    const tenantsOf = (name: string) => checks.find(({ check }) => check === name)?.tenants;
    // The root has been called by the operator too; whether before its month was closed depends on when that was written.
    expect(tenantsOf('api_rating')).toBeGreaterThanOrEqual(1);
  });

  describe('reports', () => {
    it.each(TAMPERINGS)('$what', (tampering) => expectSeen(getDb(), studio.tenant_id, tampering));
  });
});

/**
 * Two closed periods at 12.5 cents a call beyond two: the first was corrected after it was billed, the second has a late
 * call and a correction that no bill has taken into account.
 */
async function correctedStudio(app: TestApp): Promise<Studio> {
  const price = { model: 'per_unit', unit_price_cents: '12.5' };
  const terms = {
    tier_name: 'by_the_call',
    title: 'x',
    included_api_calls: 2,
    api_call_prices: { USD: price },
  };
  expect((await app.call('POST /subscription-tiers', { body: terms })).statusCode).toBe(201);
  const studio = await makeStudio(app, { tier_name: 'by_the_call' });
  const goTo = async (time: string) => {
    app.clock.set(new Date(time));
    await app.composition.runner.runDue();
  };
  const correct = async (event: Record<string, unknown> | undefined, status_code?: number) => {
    const what = status_code === undefined ? { action: 'void' } : { action: 'amend', status_code };
    const body = { id: event?.id, reason: 'x', ...what };
    const answer = await studio.operate('POST /api-usage/corrections', body);
    expect(answer.statusCode, answer.body).toBe(201);
  };
  const [first, failed, second] = [callEvents(5), callEvents(1, { status_code: 500 }), callEvents(3)];
  await sendCalls(studio, [...first, ...failed]);
  await goTo('2026-02-10T00:00:00Z');
  await sendCalls(studio, [...second, ...callEvents(1, { occurred_at: '2026-01-20T12:00:00Z' })]);
  await correct(first[0]);
  await correct(first[0], 201);
  await correct(first[0]);
  await correct(first[1]);
  await correct(failed[0], 200);
  await goTo('2026-03-05T00:00:00Z');
  await correct(second[0]);
  const invoices = (await studio.operate('GET /invoices')).json().data;
  // 12 for a call on time, 13 for the late one, and 13 back.
  expect(invoices.map(({ total_cents }: { total_cents: number }) => total_cents)).toEqual([12, 38]);
  return studio;
}
