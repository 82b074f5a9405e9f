import { expect } from 'vitest';
import type { TestApp } from '../harness/test-app.ts';
import { callEvent, callEvents, sendCalls } from '../routes/call-fixtures.ts';
import type { FlakyProvider } from '../routes/flaky-provider.ts';
import { freshId, makeStudio, type Studio } from '../routes/token-fixtures.ts';

const minute_ms = 60_000;

/**
 * A studio to which everything happened that can: sales, gifts, use, holds that were settled, released, expired and are
 * open, a shortfall and its repayment, refunds, expiries, declined payments, payments that nobody knows the end of, API calls,
 * uses of a metered feature, and a subscription that went up and down again.
 */
export async function busyStudio(app: TestApp, provider: FlakyProvider): Promise<Studio> {
  const studio = await makeStudio(app);
  const done = async (answer: Promise<{ statusCode: number; body: string }>, status = 200): Promise<void> => {
    const { statusCode, body } = await answer;
    expect(statusCode, body).toBe(status);
  };
  const settle = (hold_id: string, tokens_used: number) =>
    done(studio.call(`POST /ai-tokens/holds/${hold_id}/settle`, { tokens_used }));
  const give = (tokens: number, minutes: number) => {
    const expires_at = new Date(app.clock.now().getTime() + minutes * minute_ms).toISOString();
    return done(
      studio.operate('POST /ai-tokens/grants', { tokens, reason: 'x', expires_at, priority: 1 }),
      201,
    );
  };
  const refund = (transaction_id: string, amount_cents: number, status = 201) =>
    done(studio.call('POST /refunds', { transaction_id, amount_cents, reason: 'x' }), status);
  const later = (minutes: number): void => app.clock.advance(minutes * minute_ms);

  await sendCalls(studio, [...callEvents(3), callEvent({ status_code: 500, response_time_ms: 70.25 })]);
  const first = await studio.buy(350);
  await refund(first.transaction_id, 1);
  await give(500, 10);
  await studio.use(123, { request_id: freshId('request'), user_id: 'ann' });
  await studio.use(1);
  later(1);
  await settle(await studio.hold(60), 45);
  await done(studio.call(`POST /ai-tokens/holds/${await studio.hold(20)}/release`));
  await studio.hold(30, { ttl_seconds: 1 });
  later(20);
  await app.composition.runner.runDue();
  await settle(await studio.hold(10), 2000);
  await studio.buy(5000);
  const last = await studio.buy(2550);
  await refund(last.transaction_id, 7);
  await give(700, 60);
  await studio.use(77, { request_id: freshId('request') });
  await studio.hold(40);
  provider.mood = 'declines';
  await done(studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 100 }), 402);
  provider.mood = 'dies';
  await done(studio.call('POST /ai-tokens/purchase', { tokens_to_purchase: 100 }), 503);
  await refund(last.transaction_id, 3, 503);
  provider.mood = 'works';
  await done(studio.call('POST /subscriptions', { tier_name: 'starter' }), 201);
  for (const quantity of [2, 3]) {
    const use = { quantity, request_id: freshId('use') };
    await done(studio.call('POST /entitlements/episodes_per_month/usage', use), 201);
  }
  later(1);
  await done(studio.call('POST /subscriptions/current/change', { tier_name: 'professional' }));
  later(1);
  await done(studio.call('POST /subscriptions/current/change', { tier_name: 'starter', when: 'now' }));
  return studio;
}
