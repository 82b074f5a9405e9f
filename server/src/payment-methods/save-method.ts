import type { Clock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { type PaymentProvider, withDeadline } from '../payments/index.ts';
import {
  httpKeyLifetimeMs,
  type KeyClaim,
  type OnceOnlyResult,
  onceOnly,
  replayOf,
} from '../request-keys/index.ts';
import { requireTenant } from '../tenants/index.ts';
import {
  findCustomer,
  findPaymentMethod,
  insertCustomer,
  insertPaymentMethod,
  markRemoved,
  type PaymentMethod,
} from './store.ts';

/** What asking a provider between two transactions needs. */
export interface MethodServices {
  db: Pick<Database, 'inTenant'>;
  clock: Clock;
  newId(at: Date): string;
  payments: PaymentProvider | null;
}

/** The Idempotency-Key of a request, as the kernel read it. */
interface HeaderKey {
  key: string;
  namespace: string;
  body_hash: Buffer;
}

/** The server's provider; fails with `payments_unavailable` where it has none. */
export function requireProvider(payments: PaymentProvider | null): PaymentProvider {
  return payments ?? fail('payments_unavailable', 'this server has no payment provider');
}

/**
 * Saves the card that a token stands for: 201, or 200 where it was saved before. Fails with `payment_method_refused`,
 * `payment_methods_too_many` or `payments_unavailable`.
 */
export async function savePaymentMethod(
  services: MethodServices,
  tenant_id: string,
  { token, make_default = false }: { token: string; make_default?: boolean | undefined },
  header: HeaderKey | undefined,
): Promise<OnceOnlyResult<PaymentMethod>> {
  const payments = requireProvider(services.payments);
  const claim = header && claimOf(services, tenant_id, header);
  const replay = claim && (await services.db.inTenant(tenant_id, (tx) => replayOf<PaymentMethod>(tx, claim)));
  if (replay !== undefined) return replay;
  const customer = await ensureCustomer(services, tenant_id);
  const saved = await withDeadline(
    (signal) => payments.saveCard(token, customer, signal),
    payments.deadline_ms,
  );
  if (saved.status === 'declined')
    fail('payment_method_refused', saved.reason, { decline_code: saved.decline_code });
  return services.db.inTenant(tenant_id, (tx) =>
    onceOnly(tx, claim, async () => {
      const created_at = services.clock.now(tenant_id);
      const payment_method_id = services.newId(created_at);
      const row = { tenant_id, payment_method_id, provider: payments.name, created_at, ...saved.card };
      const { method, is_new } = await insertPaymentMethod(tx, row, make_default);
      return { status: is_new ? 201 : 200, body: method };
    }),
  );
}

/** Removes a method, at the provider first. Fails with `not_found` or `payments_unavailable`. */
export async function removePaymentMethod(
  services: MethodServices,
  tenant_id: string,
  payment_method_id: string,
  header: HeaderKey | undefined,
): Promise<OnceOnlyResult<null>> {
  const payments = requireProvider(services.payments);
  const claim = header && claimOf(services, tenant_id, header);
  const replay = claim && (await services.db.inTenant(tenant_id, (tx) => replayOf<null>(tx, claim)));
  if (replay !== undefined) return replay;
  const found = await services.db.inTenant(tenant_id, (tx) =>
    findPaymentMethod(tx, tenant_id, payments.name, payment_method_id),
  );
  if (found === undefined) fail('not_found', `there is no payment method ${payment_method_id}`);
  await withDeadline((signal) => payments.removeCard(found.external_id, signal), payments.deadline_ms);
  return services.db.inTenant(tenant_id, (tx) =>
    onceOnly(tx, claim, async () => {
      await markRemoved(tx, found, services.clock.now(tenant_id));
      return { status: 204, body: null };
    }),
  );
}

/** The provider's name for a tenant, made where it has none yet. Fails with `payments_unavailable`. */
export async function ensureCustomer(services: MethodServices, tenant_id: string): Promise<string> {
  const payments = requireProvider(services.payments);
  const { db, clock } = services;
  const { known, name } = await db.inTenant(tenant_id, async (tx) => ({
    known: await findCustomer(tx, tenant_id, payments.name),
    name: (await requireTenant(tx, tenant_id)).name,
  }));
  if (known !== undefined) return known;
  const made = await withDeadline(
    (signal) => payments.makeCustomer({ tenant_id, name }, signal),
    payments.deadline_ms,
  );
  return db.inTenant(tenant_id, async (tx) => {
    const created_at = clock.now(tenant_id);
    const customer = { tenant_id, provider: payments.name, external_customer_id: made, created_at };
    await insertCustomer(tx, customer);
    return (await findCustomer(tx, tenant_id, payments.name)) ?? made;
  });
}

function claimOf({ clock }: MethodServices, tenant_id: string, header: HeaderKey): KeyClaim {
  const now = clock.now(tenant_id);
  const expires_at = new Date(now.getTime() + httpKeyLifetimeMs);
  return { ...header, tenant_id, now, expires_at, reused_code: 'idempotency_key_reused' };
}
