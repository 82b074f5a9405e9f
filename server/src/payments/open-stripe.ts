import type { PaymentProvider } from './provider.ts';
import type { StripeSettings } from './stripe/client.ts';
import type { verifyStripeEvent } from './stripe/verify-event.ts';

// Stripe's SDK takes some 300 ms and 35 MB to load, so that only a server which needs it does.

/** Stripe as a provider. */
export async function openStripe(settings: StripeSettings): Promise<PaymentProvider> {
  const { stripeProvider } = await import('./stripe/provider.ts');
  return stripeProvider(settings);
}

/** What checks the events of Stripe. */
export async function openStripeVerifier(): Promise<typeof verifyStripeEvent> {
  return (await import('./stripe/verify-event.ts')).verifyStripeEvent;
}
