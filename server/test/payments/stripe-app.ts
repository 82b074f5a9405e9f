import { expect } from 'vitest';
import type { Database } from '../../src/db/index.ts';
import { openStripe } from '../../src/payments/index.ts';
import { type TestApp, testApp } from '../harness/test-app.ts';
import { StripeDouble } from './stripe-double.ts';

/** What the events are signed with. */
const WEBHOOK_SECRET = 'whsec_of_the_tests';

/** A server whose payments are taken by a double of Stripe, and which hears its events. Both are the caller's to close. */
export async function stripeApp(
  db: Database,
  deadline_ms: number,
): Promise<{ app: TestApp; double: StripeDouble }> {
  const double = await new StripeDouble().listen();
  const { secret_key, address: api_base } = double;
  const public_url = 'https://pay.example';
  const payments = await openStripe({ secret_key, api_base, public_url, deadline_ms });
  const env = { STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET, PAYMENTS: 'none' };
  return { app: await testApp(db, { payments, env }), double };
}

/** Sends an event to the server as Stripe would, which takes it. */
export async function sendEvent(
  { app, double }: { app: TestApp; double: StripeDouble },
  type: string,
  object: object,
  id?: string,
): Promise<void> {
  const signed = { secret: WEBHOOK_SECRET, at: app.clock.now(), ...(id !== undefined && { id }) };
  const { payload, signature } = double.event(type, object, signed);
  const answer = await app.server.inject({
    method: 'POST',
    url: '/api/v1/monetization/payments/stripe/webhook',
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    payload,
  });
  expect(answer.statusCode).toBe(200);
}
