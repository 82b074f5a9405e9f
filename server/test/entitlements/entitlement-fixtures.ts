import { expect } from 'vitest';
import type { TestApp } from '../harness/test-app.ts';
import { freshId, makeStudio, type Studio } from '../routes/token-fixtures.ts';

/** A feature of each kind. */
export const FEATURES = {
  episodes: { kind: 'metered', limit: 5 },
  transcripts: {
    kind: 'metered',
    limit: 3,
    overage: {
      USD: {
        model: 'graduated',
        tiers: [
          { up_to: 2, unit_price_cents: '10.5' },
          { up_to: null, unit_price_cents: '1.25' },
        ],
      },
    },
  },
  clips: { kind: 'metered', limit: null },
  shows: { kind: 'static', limit: 2 },
  analytics: { kind: 'boolean', enabled: true },
  own_brand: { kind: 'boolean', enabled: false },
};

/** The operator's tiers `studio`, with these features, and `small`, with two episodes a month. */
export async function makeTiers(app: TestApp): Promise<void> {
  const terms = { title: 'Studio', included_api_calls: 100, prices: { USD: { month: 1000 } } };
  const few = { ...FEATURES, episodes: { kind: 'metered', limit: 2 } };
  for (const tier of [
    { ...terms, tier_name: 'studio', features: FEATURES },
    { ...terms, tier_name: 'small', features: few },
  ]) {
    const answer = await app.call('POST /subscription-tiers', { body: tier });
    expect(answer.statusCode, answer.body).toBe(201);
  }
}

/** A studio on the tier `studio`, or on another. */
export async function studioOn(app: TestApp, tier_name = 'studio'): Promise<Studio> {
  return await makeStudio(app, { tier_name });
}

/** What an operator is told of a feature of a studio: that call is not counted itself. */
export async function entitlementOf(studio: Studio, feature: string): Promise<Record<string, unknown>> {
  const answer = await studio.operate(`GET /entitlements/${feature}`);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

/** Asks to record a use. */
export function askToUse(
  studio: Studio,
  feature: string,
  quantity: number,
  more: object = {},
): ReturnType<Studio['call']> {
  const body = { quantity, request_id: freshId('use'), ...more };
  return studio.call(`POST /entitlements/${feature}/usage`, body);
}

/** Records a use and answers it. */
export async function recordUse(
  studio: Studio,
  feature: string,
  quantity: number,
  more: object = {},
): Promise<Record<string, unknown>> {
  const answer = await askToUse(studio, feature, quantity, more);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}

/** Moves the clock, and does what falls due until then. */
export async function goTo(app: TestApp, at: string): Promise<void> {
  app.clock.set(new Date(at));
  await app.composition.runner.runDue();
}
