import Stripe from 'stripe';

/** Where and as whom Stripe is asked. */
export interface StripeSettings {
  secret_key: string;
  /** Another address than Stripe's own; without a path. */
  api_base?: string | undefined;
  /** Where the outside world reaches this server: people come back there. */
  public_url: string;
  /** How long Stripe may take to answer, in milliseconds. */
  deadline_ms?: number | undefined;
}

/**
 * Stripe's client for one call of ours, whose requests end with `signal`. A request that fails on the way is sent once
 * more under the same key; everything else is for who holds the intent.
 */
export function stripeClient({ secret_key, api_base }: StripeSettings, signal: AbortSignal): Stripe {
  const bound: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal });
  const base = api_base === undefined ? undefined : new URL(api_base);
  return new Stripe(secret_key, {
    httpClient: Stripe.createFetchHttpClient(bound),
    maxNetworkRetries: 1,
    telemetry: false,
    ...(base && {
      host: base.hostname,
      port: base.port || (base.protocol === 'http:' ? '80' : '443'),
      protocol: base.protocol === 'http:' ? ('http' as const) : ('https' as const),
    }),
  });
}
