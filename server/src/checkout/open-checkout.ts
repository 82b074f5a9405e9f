import { openPurchase, quote, type TokenServices } from '../ai-tokens/index.ts';
import type { Tx } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { toJson } from '../json/index.ts';
import { noteProgress } from '../ledger/index.ts';
import type { HeaderKey } from '../payment-intents/index.ts';
import { ensureCustomer, requireProvider } from '../payment-methods/index.ts';
import { withDeadline } from '../payments/index.ts';
import { claimKey, completeKey, httpKeyLifetimeMs, type OnceOnlyResult } from '../request-keys/index.ts';
import { requireTenant } from '../tenants/index.ts';
import { type Checkout, findCheckout, insertCheckout, noteOpened } from './store.ts';

/** What a checkout is for, and where the browser goes afterwards. */
export interface CheckoutTerms {
  purpose: 'setup' | 'token_purchase';
  tokens_to_purchase?: number | undefined;
  success_url: string;
  cancel_url: string;
}

/** `transaction_id` is null where nothing is bought. */
export interface CheckoutAnswer {
  checkout_id: string;
  checkout_url: string;
  purpose: 'setup' | 'token_purchase';
  transaction_id: string | null;
  amount_cents: bigint | null;
  currency: string;
  expires_at: Date;
}

/** How long a page may be used, in milliseconds; Stripe's own default. */
const OPEN_FOR_MS = 24 * 60 * 60 * 1000;

/**
 * Opens a page of the provider. A retry under its key opens the same page. Fails with `price_too_small`,
 * `amount_out_of_range`, `payments_unavailable` or `idempotency_key_reused`.
 */
export async function openCheckout(
  services: TokenServices,
  tenant_id: string,
  terms: CheckoutTerms,
  header: HeaderKey | undefined,
): Promise<OnceOnlyResult<CheckoutAnswer>> {
  const payments = requireProvider(services.payments);
  const begun = await services.db.inTenant(tenant_id, (tx) => begin(tx, services, tenant_id, terms, header));
  if ('replayed' in begun) return begun;
  const payment_customer = await ensureCustomer(services, tenant_id);
  const { checkout_id, currency, success_url, cancel_url, amount_cents } = begun;
  const sale =
    amount_cents === null ? null : { amount_cents, title: `${begun.tokens_to_purchase} AI tokens` };
  const request = { checkout_id, tenant_id, payment_customer, sale, currency, success_url, cancel_url };
  const opened = await withDeadline((signal) => payments.openCheckout(request, signal), payments.deadline_ms);
  return services.db.inTenant(tenant_id, (tx) =>
    keepOpened(tx, services, begun, { ...opened, payment_customer }, header),
  );
}

/** Writes the checkout under its key, or finds what the key is bound to: an answer, or a checkout to open again. */
async function begin(
  tx: Tx,
  services: TokenServices,
  tenant_id: string,
  terms: CheckoutTerms,
  header: HeaderKey | undefined,
): Promise<Checkout | OnceOnlyResult<CheckoutAnswer>> {
  const now = services.clock.now(tenant_id);
  const checkout_id = services.newId(now);
  if (header) {
    const claim = { ...header, tenant_id, now, ref_id: checkout_id } as const;
    const found = await claimKey(tx, { ...claim, reused_code: 'idempotency_key_reused' });
    if (found.state === 'completed')
      return {
        replayed: true,
        status: found.status,
        body: found.body as OnceOnlyResult<CheckoutAnswer>['body'],
      };
    if (found.state === 'in_flight') {
      const open = found.ref_id === null ? undefined : await findCheckout(tx, tenant_id, found.ref_id);
      return open ?? fail('request_in_flight', `"${header.key}" is still being worked on`);
    }
  }
  const checkout = await newCheckout(tx, services, { tenant_id, checkout_id, now, terms });
  await insertCheckout(tx, checkout);
  return checkout;
}

async function newCheckout(
  tx: Tx,
  services: TokenServices,
  {
    tenant_id,
    checkout_id,
    now,
    terms,
  }: { tenant_id: string; checkout_id: string; now: Date; terms: CheckoutTerms },
): Promise<Checkout> {
  const { purpose, tokens_to_purchase, success_url, cancel_url } = terms;
  const { currency } = await requireTenant(tx, tenant_id);
  const sale = tokens_to_purchase === undefined ? undefined : quote(services, { tokens_to_purchase });
  // Before the page is opened; what it sells is let in once more when it is.
  if (sale !== undefined)
    await services.admitSpending(tx, { tenant_id, now, newId: services.newId }, sale.amount_cents);
  return {
    tenant_id,
    checkout_id,
    provider: requireProvider(services.payments).name,
    purpose,
    tokens_to_purchase: sale?.tokens ?? null,
    amount_cents: sale?.amount_cents ?? null,
    currency,
    price_version: sale?.price_version ?? null,
    success_url,
    cancel_url,
    external_id: null,
    checkout_url: null,
    status: 'open',
    created_at: now,
    expires_at: new Date(now.getTime() + OPEN_FOR_MS),
    ended_at: null,
  };
}

/** Keeps the page that was opened, once: of twins that opened it together, the second finds it kept. */
async function keepOpened(
  tx: Tx,
  services: TokenServices,
  begun: Checkout,
  opened: { external_id: string; checkout_url: string; payment_customer: string },
  header: HeaderKey | undefined,
): Promise<OnceOnlyResult<CheckoutAnswer>> {
  const { tenant_id, checkout_id, purpose, currency, amount_cents, expires_at } = begun;
  const locked = await findCheckout(tx, tenant_id, checkout_id, 'lock');
  const replayed = locked?.checkout_url !== null;
  if (!replayed) {
    await noteOpened(tx, begun, opened);
    if (purpose === 'token_purchase') await openIntentOf(tx, services, begun, opened);
    await schedule(tx, { tenant_id, kind: 'payment_checkout', ref_id: checkout_id, next_due_at: expires_at });
  }
  const { checkout_url } = opened;
  const transaction_id = purpose === 'token_purchase' ? checkout_id : null;
  const answer = { checkout_id, checkout_url, purpose, transaction_id, amount_cents, currency, expires_at };
  const body = toJson(answer) as OnceOnlyResult<CheckoutAnswer>['body'];
  if (header && !replayed) {
    await completeKey(
      tx,
      { tenant_id, namespace: header.namespace, key: header.key },
      {
        status: 201,
        response_text: JSON.stringify(body),
        expires_at: new Date(services.clock.now(tenant_id).getTime() + httpKeyLifetimeMs),
      },
    );
  }
  return { replayed, status: 201, body };
}

async function openIntentOf(
  tx: Tx,
  services: TokenServices,
  { tenant_id, checkout_id: transaction_id, provider, ...terms }: Checkout,
  opened: { external_id: string; checkout_url: string; payment_customer: string },
): Promise<void> {
  const { external_id: external_transaction_id, checkout_url: action_url, payment_customer } = opened;
  const { tokens_to_purchase: tokens, amount_cents, price_version } = terms;
  if (tokens === null || amount_cents === null || price_version === null)
    throw new Error(`checkout ${transaction_id} sells nothing`);
  const context = { tenant_id, now: services.clock.now(tenant_id), newId: services.newId };
  const payment = { transaction_id, provider, payment_method: 'checkout', payment_customer };
  await openPurchase(
    tx,
    context,
    services,
    { tokens, amount_cents, price_version },
    { ...payment, external_transaction_id },
  );
  await noteProgress(tx, tenant_id, transaction_id, { external_transaction_id, action_url });
}
