import { beforeEach, describe, expect, test } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { scheduleRecurring } from '../../src/due-work/index.ts';
import { describeOnEachDatabase, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { callEvents, sendCalls } from './call-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

const SECOND_MS = 1000;
/** A turn of due work may have a lot to do, on a machine that is busy. */
const PATIENCE_MS = 25_000;
let months = 0;

describeOnEachDatabase('billing runs', (getDb) => {
  let app: TestApp;
  const clock = fixedClock();
  const operate = (request: Parameters<TestApp['call']>[0], headers: Record<string, string> = {}) =>
    app.call(request, { headers });
  const invoicesOf = async (studio: Studio) => (await studio.operate('GET /invoices')).json().data;

  /** The start of a month that no other test is in. */
  beforeEach(async () => {
    months += 1;
    clock.set(new Date(Date.UTC(2026, months)));
    if (app === undefined) {
      app = await testApp(getDb(), { clock });
      await scheduleRecurring(app.db, clock, app.composition.runner.kinds.recurring);
    }
    await app.composition.runner.runDue();
  });

  /** A studio on a tier on which a call costs 2 cents, but for the first. */
  async function calling(calls: number): Promise<Studio> {
    const api_call_prices = { USD: { model: 'per_unit', unit_price_cents: '2' } };
    const tier = { tier_name: 'by_the_call', title: 'By the call', included_api_calls: 1, api_call_prices };
    await app.call('POST /subscription-tiers', { body: tier });
    const studio = await makeStudio(app, { tier_name: 'by_the_call' });
    await sendCalls(studio, callEvents(calls));
    return studio;
  }
  /** Two hours into the next month: what was used in this one can be billed. */
  function endMonth(): void {
    const now = clock.now();
    clock.set(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1, 2)));
  }
  /** Lets due work run until the run has ended, and answers how. */
  async function ended(billing_run_id: string, headers = {}) {
    const look = async () => {
      await app.composition.runner.runDue();
      clock.advance(SECOND_MS);
      return (await operate(`GET /billing-runs/${billing_run_id}`, headers)).json();
    };
    await expect.poll(look, { timeout: PATIENCE_MS }).toMatchObject({ status: 'done' });
    return await look();
  }

  test('202: all that is due is billed, counted and numbered', async () => {
    const [one, two] = [await calling(3), await calling(11)];
    endMonth();
    const started_at = clock.now().toISOString();
    const answer = await operate('POST /billing-runs');
    expect(answer.statusCode, answer.body).toBe(202);
    const { billing_run_id, ...begun } = answer.json();
    expect(begun).toEqual({
      status: 'running',
      // The root is one of them: what the operator calls is recorded, and costs nothing.
      tenants_total: 3,
      tenants_done: 0,
      tenants_failed: 0,
      invoices_made: 0,
      total_cents: {},
      started_at,
      ended_at: null,
    });
    expect(await ended(billing_run_id)).toMatchObject({
      status: 'done',
      tenants_total: 3,
      tenants_done: 3,
      tenants_failed: 0,
      invoices_made: 2,
      total_cents: { USD: 24 },
    });
    expect(await invoicesOf(one)).toMatchObject([
      { reason: 'usage', total_cents: 4, number: expect.any(String) },
    ]);
    expect(await invoicesOf(two)).toMatchObject([
      { reason: 'usage', total_cents: 20, number: expect.any(String) },
    ]);
    const { data } = (await operate('GET /billing-runs?limit=1')).json();
    expect(data).toMatchObject([{ billing_run_id, status: 'done', invoices_made: 2 }]);
    expect(await runAudit(app.db)).toMatchObject({ ok: true });
  });

  test('whoever asks while one is under way joins it, and a repeat of a key is given the first', async () => {
    await calling(2);
    endMonth();
    const headers = { 'idempotency-key': `run-${months}` };
    const first = await operate('POST /billing-runs', headers);
    const joined = await operate('POST /billing-runs');
    expect(joined.json().billing_run_id).toBe(first.json().billing_run_id);
    await ended(first.json().billing_run_id);
    const again = await operate('POST /billing-runs', headers);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.json()).toMatchObject({ billing_run_id: first.json().billing_run_id, status: 'done' });
    const next = await operate('POST /billing-runs');
    expect(next.json()).toMatchObject({ tenants_total: 0 });
    expect(await ended(next.json().billing_run_id)).toMatchObject({ invoices_made: 0, total_cents: {} });
  });

  test('with Tallystick-Tenant it is about that tenant, who has runs of its own', async () => {
    const [one] = [await calling(2), await calling(2)];
    endMonth();
    const headers = { 'tallystick-tenant': one.tenant_id };
    const { billing_run_id, tenants_total } = (await operate('POST /billing-runs', headers)).json();
    expect(tenants_total).toBe(1);
    expect(await ended(billing_run_id, headers)).toMatchObject({ invoices_made: 1, total_cents: { USD: 2 } });
    expect((await operate('GET /billing-runs', headers)).json().data).toHaveLength(1);
    expect((await operate(`GET /billing-runs/${billing_run_id}`)).statusCode).toBe(404);
  });

  test('403: a tenant starts none', async () => {
    const studio = await makeStudio(app);
    expect((await studio.call('POST /billing-runs')).json()).toMatchObject({
      status: 403,
      code: 'operator_only',
    });
  });

  describe('tokens that are owed', () => {
    test('are invoiced at the end of the month, also of a tenant that calls nothing', async () => {
      const studio = await makeStudio(app);
      const grant = { tokens: 100, reason: 'to begin with' };
      expect((await studio.operate('POST /ai-tokens/grants', grant)).statusCode).toBe(201);
      const hold = { tokens: 100, feature_type: 'content_generation', request_id: `hold-${months}` };
      const { hold_id } = (await studio.operate('POST /ai-tokens/holds', hold)).json();
      const settled = await studio.operate(`POST /ai-tokens/holds/${hold_id}/settle`, {
        tokens_used: 50_100,
      });
      expect(settled.json()).toMatchObject({ shortfall_tokens: 50_000 });
      // The sweep comes round every hour.
      clock.advance(60 * 60 * SECOND_MS);
      await app.composition.runner.runDue();
      endMonth();
      const { billing_run_id } = (await operate('POST /billing-runs')).json();
      await ended(billing_run_id);
      expect(await invoicesOf(studio)).toMatchObject([
        {
          reason: 'usage',
          status: 'paid',
          total_cents: 500,
          lines: [{ kind: 'token_shortfall', quantity: 50_000 }],
        },
      ]);
      expect(await studio.balance()).toMatchObject({ tokens_shortfall: 0 });
    });
  });
});
