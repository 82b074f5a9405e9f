import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnPostgres, fixedClock } from '../harness/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { makeStudio, type Studio, studioOf } from '../routes/token-fixtures.ts';

const WITHIN_A_SECOND = { timeout: 1000, interval: 5 };
const PATH = 'POST /entitlements/episodes_per_month/usage';

describeOnPostgres('entitlements in two processes', (getDb, { get }) => {
  let one: TestApp;
  let other: TestApp;
  let here: Studio;
  let there: Studio;
  beforeAll(async () => {
    const clock = fixedClock();
    one = await testApp(getDb(), { clock });
    other = await testApp(await get().open(), { clock, operator_key: one.operator_key });
    here = await makeStudio(one);
    there = studioOf(other, here.tenant_id, here.key);
  });
  afterAll(async () => {
    await one.server.close();
    await other.server.close();
  });

  /** What a process says of the tier: its limit of calls a minute, and of episodes. */
  const saysOf = async (studio: Studio) => {
    const { policies } = (await studio.operate('GET /api-usage/rate-limit')).json();
    const episodes = (await studio.operate('GET /entitlements/episodes_per_month')).json();
    const analytics = (await studio.operate('GET /entitlements/advanced_analytics')).json();
    const calls = policies.find(({ name }: { name: string }) => name === 'requests_per_minute');
    return [calls?.limit, episodes.limit, analytics.allowed];
  };
  const tierLimit = async (tier_name: string) => {
    const { data } = (await one.call('GET /subscription-tiers')).json();
    return data.find((tier: { tier_name: string }) => tier.tier_name === tier_name).calls_per_minute;
  };

  it('the limits and features of a subscription hold at once here, and in the other within a second', async () => {
    const steps = [
      [{ path: 'POST /subscriptions', tier_name: 'starter' }, 30, false],
      [{ path: 'POST /subscriptions/current/change', tier_name: 'professional', when: 'now' }, 200, true],
      [{ path: 'POST /subscriptions/current/cancel', tier_name: 'free', when: 'now' }, 4, false],
    ] as const;
    expect(await saysOf(here)).toEqual([await tierLimit('free'), 4, false]);
    expect(await saysOf(there)).toEqual([await tierLimit('free'), 4, false]);
    for (const [{ path, tier_name, ...more }, episodes, analytics] of steps) {
      const body = tier_name === 'free' ? more : { tier_name, ...more };
      const answer = await here.operate(path, body);
      expect(answer.statusCode, answer.body).toBeLessThan(300);
      const expected = [await tierLimit(tier_name), episodes, analytics];
      expect(await saysOf(here)).toEqual(expected);
      await expect.poll(() => saysOf(there), WITHIN_A_SECOND).toEqual(expected);
    }
  });

  it('a use is counted at once here, and in the other within a second; together they never pass the limit', async () => {
    const left = async (studio: Studio) =>
      (await studio.operate('GET /entitlements/episodes_per_month')).json().remaining;
    expect([await left(here), await left(there)]).toEqual([4, 4]);
    const uses = Array.from({ length: 10 }, (_, use) =>
      (use % 2 === 0 ? here : there).call(PATH, { quantity: 1, request_id: `use ${use}` }),
    );
    const statuses = (await Promise.all(uses)).map(({ statusCode }) => statusCode).sort();
    expect(statuses).toEqual([...Array(4).fill(201), ...Array(6).fill(402)]);
    for (const studio of [here, there]) await expect.poll(() => left(studio), WITHIN_A_SECOND).toBe(0);
  });
});
