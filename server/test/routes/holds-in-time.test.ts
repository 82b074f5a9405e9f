import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAudit } from '../../src/audit/index.ts';
import { describeOnEachDatabase } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { refusal } from '../tenants/tenant-fixtures.ts';
import { makeStudio, type Studio } from './token-fixtures.ts';

const minute_ms = 60_000;
const day_ms = 1440 * minute_ms;

describeOnEachDatabase('what time does to a hold', (getDb) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp(getDb());
  });
  afterAll(() => app.server.close());
  const later = async (milliseconds: number): Promise<void> => {
    app.clock.advance(milliseconds);
    await app.composition.runner.runDue();
  };
  const inTime = (milliseconds: number) => new Date(app.clock.now().getTime() + milliseconds).toISOString();
  const holdOf = async (studio: Studio, hold_id: string) =>
    (await studio.call(`GET /ai-tokens/holds/${hold_id}`)).json();
  const settle = (studio: Studio, hold_id: string, tokens_used: number) =>
    studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used });
  const funded = async (): Promise<Studio> => {
    const studio = await makeStudio(app);
    await studio.buy(1000);
    return studio;
  };

  it('at its expiry it becomes an item to reconcile: neither released nor spent', async () => {
    const studio = await funded();
    const hold_id = await studio.hold(400);
    await later(15 * minute_ms - 1);
    expect(await holdOf(studio, hold_id)).toMatchObject({ status: 'held' });
    await later(1);
    const grace_until = inTime(day_ms);
    expect(await holdOf(studio, hold_id)).toMatchObject({ status: 'expired', grace_until, ended_at: null });
    const { data } = (await studio.call('GET /ai-tokens/holds?status=expired')).json();
    expect(data).toMatchObject([{ hold_id, tokens: 400 }]);
    expect(await studio.balance()).toMatchObject({ tokens_held: 400, tokens_used: 0, tokens_remaining: 600 });
  });

  it('an expired hold can be settled, from what it pins', async () => {
    const studio = await funded();
    const hold_id = await studio.hold(400);
    await later(60 * minute_ms);
    await studio.use(600);
    expect((await settle(studio, hold_id, 400)).json()).toMatchObject({
      tokens_used: 400,
      shortfall_tokens: 0,
    });
    expect(await holdOf(studio, hold_id)).toMatchObject({ status: 'settled' });
    await later(2 * day_ms);
    expect((await studio.balance()).tokens_held).toBe(0);
  });

  it('an expired hold can be released by its owner', async () => {
    const studio = await funded();
    const hold_id = await studio.hold(400);
    await later(60 * minute_ms);
    const answer = await studio.call(`POST /ai-tokens/holds/${hold_id}/release`);
    expect(answer.json()).toEqual({ hold_id, tokens_released: 400, balance_after: 1000 });
  });

  it('policy releases it when its grace is over, and records why', async () => {
    const studio = await funded();
    const hold_id = await studio.hold(400);
    await later(15 * minute_ms);
    await later(day_ms - 1);
    expect((await studio.balance()).tokens_held).toBe(400);
    await later(1);
    expect(await holdOf(studio, hold_id)).toMatchObject({
      status: 'released',
      released_by: 'policy',
      release_reason: 'not settled within the grace after its expiry',
      ended_at: app.clock.now().toISOString(),
    });
    expect(await studio.balance()).toMatchObject({ tokens_held: 0, tokens_remaining: 1000 });
  });

  it('a runner that was away for years releases it all the same', async () => {
    const studio = await funded();
    const hold_id = await studio.hold(400);
    await later(800 * day_ms);
    expect(await holdOf(studio, hold_id)).toMatchObject({ status: 'released', released_by: 'policy' });
  });

  it('a settlement that comes after policy’s release is still taken, from the free balance', async () => {
    const studio = await funded();
    const hold_id = await studio.hold(400);
    await later(2 * day_ms);
    await studio.use(900);
    const answer = await settle(studio, hold_id, 150);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ tokens_used: 150, shortfall_tokens: 50, balance_after: 0 });
    expect(await holdOf(studio, hold_id)).toMatchObject({ status: 'settled' });
    const again = await settle(studio, hold_id, 150);
    expect(again.json()).toEqual(answer.json());
    expect(refusal(await settle(studio, hold_id, 151))).toEqual([422, 'settlement_differs']);
  });

  it('pinned tokens outlive their grant’s expiry, and the free ones of the grant do not', async () => {
    const studio = await makeStudio(app);
    await studio.operate('POST /ai-tokens/grants', {
      tokens: 1000,
      reason: 'x',
      expires_at: inTime(5 * minute_ms),
    });
    const hold_id = await studio.hold(400);
    await later(10 * minute_ms);
    const held = { tokens_expired: 600, tokens_held: 400, tokens_remaining: 0 };
    expect(await studio.balance()).toMatchObject(held);
    expect((await settle(studio, hold_id, 400)).json()).toMatchObject({
      tokens_used: 400,
      shortfall_tokens: 0,
    });
    expect(await studio.balance()).toMatchObject({ tokens_expired: 600, tokens_used: 400, tokens_held: 0 });
  });

  it('pinned tokens of an expired grant expire at once when they are freed', async () => {
    const studio = await makeStudio(app);
    await studio.operate('POST /ai-tokens/grants', {
      tokens: 1000,
      reason: 'x',
      expires_at: inTime(5 * minute_ms),
    });
    const [one, other] = [await studio.hold(400), await studio.hold(300)];
    await later(10 * minute_ms);
    const released = await studio.call(`POST /ai-tokens/holds/${one}/release`);
    expect(released.json()).toEqual({ hold_id: one, tokens_released: 400, balance_after: 0 });
    expect((await settle(studio, other, 100)).json()).toMatchObject({ tokens_used: 100, balance_after: 0 });
    expect(await studio.balance()).toMatchObject({ tokens_expired: 900, tokens_used: 100, tokens_held: 0 });
    // What expired did so before what was used: the receipt follows from the entries before it.
    const [use] = (await studio.call('GET /ai-tokens/usage')).json().data;
    const receipt = (await studio.call(`GET /ai-tokens/receipts/${use.usage_id}`)).json();
    expect(receipt).toMatchObject({
      replays: true,
      grants: [{ tokens: 100, left_before: 100, left_after: 0 }],
    });
    expect((await runAudit(getDb())).checks.filter((check) => check.difference)).toEqual([]);
  });

  it('a hold pins the grants that burn first, so a use meanwhile burns others', async () => {
    const studio = await makeStudio(app);
    const give = (reason: string, priority: number) =>
      studio.operate('POST /ai-tokens/grants', { tokens: 100, reason, priority });
    await give('first', 1);
    await give('second', 2);
    const hold_id = await studio.hold(80);
    await studio.use(50);
    const { grants } = await studio.balance();
    expect(grants.map((grant) => [grant.reason, grant.tokens_held, grant.tokens_used])).toEqual([
      ['first', 80, 20],
      ['second', 0, 30],
    ]);
    await settle(studio, hold_id, 80);
    expect((await studio.balance()).grants.map((grant) => grant.reason)).toEqual(['second']);
  });

  it('two runners at once age it once', async () => {
    const studio = await funded();
    const hold_id = await studio.hold(400);
    const other = await testApp(getDb(), { clock: app.clock, operator_key: 'x'.repeat(32) });
    app.clock.advance(2 * day_ms);
    await Promise.all([app.composition.runner.runDue(), other.composition.runner.runDue()]);
    await Promise.all([app.composition.runner.runDue(), other.composition.runner.runDue()]);
    expect(await holdOf(studio, hold_id)).toMatchObject({ status: 'released', released_by: 'policy' });
    expect(await studio.balance()).toMatchObject({ tokens_held: 0, tokens_remaining: 1000 });
    await other.server.close();
  });
});
