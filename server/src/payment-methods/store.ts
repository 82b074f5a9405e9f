import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import type { CardDetails } from '../payments/index.ts';
import { lockTenant } from '../tenants/index.ts';

/** A row of `payment_methods`. */
export interface PaymentMethod extends CardDetails {
  tenant_id: string;
  payment_method_id: string;
  provider: string;
  is_default: boolean;
  created_at: Date;
  removed_at: Date | null;
}

/** How many methods a tenant may have. */
const METHODS_MAX = 50;

const columns = sql`tenant_id, payment_method_id, provider, external_id, brand, last4, expires_month, expires_year,
  is_default, created_at, removed_at`;

/** A page of a tenant's methods with a provider, newest first. */
export async function listPaymentMethods(
  tx: Tx,
  tenant_id: string,
  provider: string,
  { after, limit }: { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<PaymentMethod[]> {
  const page = await sql<PaymentMethod>`
    select ${columns} from payment_methods
    where tenant_id = ${tenant_id} and provider = ${provider} and removed_at is null
      and (${after?.id ?? null}::uuid is null or (created_at, payment_method_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, payment_method_id desc limit ${limit}`.execute(tx);
  return page.rows;
}

/** A method that is not removed, or undefined. */
export async function findPaymentMethod(
  tx: Tx,
  tenant_id: string,
  provider: string,
  payment_method_id: string,
): Promise<PaymentMethod | undefined> {
  const found = await sql<PaymentMethod>`
    select ${columns} from payment_methods where tenant_id = ${tenant_id} and provider = ${provider}
      and payment_method_id = ${payment_method_id} and removed_at is null`.execute(tx);
  return found.rows[0];
}

/** The method that is charged where nobody names another, or undefined. */
export async function defaultPaymentMethod(
  tx: Tx,
  tenant_id: string,
  provider: string,
): Promise<PaymentMethod | undefined> {
  const found = await sql<PaymentMethod>`
    select ${columns} from payment_methods
    where tenant_id = ${tenant_id} and provider = ${provider} and is_default`.execute(tx);
  return found.rows[0];
}

/**
 * Writes a card that the provider keeps, unless it is there. The first one becomes the default, and so does one with
 * `make_default`. Fails with `payment_methods_too_many`.
 */
export async function insertPaymentMethod(
  tx: Tx,
  row: Omit<PaymentMethod, 'is_default' | 'removed_at'>,
  make_default: boolean,
): Promise<{ method: PaymentMethod; is_new: boolean }> {
  const { tenant_id, provider, external_id } = row;
  // Two that change a tenant's methods at once take turns.
  await lockTenant(tx, tenant_id);
  const others = await sql<PaymentMethod>`
    select ${columns} from payment_methods
    where tenant_id = ${tenant_id} and provider = ${provider} and removed_at is null`.execute(tx);
  const known = others.rows.find((other) => other.external_id === external_id);
  if (known === undefined) {
    if (others.rows.length >= METHODS_MAX)
      fail('payment_methods_too_many', `a tenant may have ${METHODS_MAX} payment methods`);
    await sql`
      insert into payment_methods (tenant_id, payment_method_id, provider, external_id, brand, last4, expires_month,
        expires_year, is_default, created_at)
      values (${tenant_id}, ${row.payment_method_id}, ${provider}, ${external_id}, ${row.brand}, ${row.last4},
        ${row.expires_month}, ${row.expires_year}, false, ${row.created_at})`.execute(tx);
  }
  const payment_method_id = known?.payment_method_id ?? row.payment_method_id;
  if (make_default || others.rows.length === 0) await moveDefault(tx, tenant_id, provider, payment_method_id);
  const method = await findPaymentMethod(tx, tenant_id, provider, payment_method_id);
  if (method === undefined) throw new Error(`payment method ${payment_method_id} is not there`);
  return { method, is_new: known === undefined };
}

async function moveDefault(tx: Tx, tenant_id: string, provider: string, to: string): Promise<void> {
  await sql`
    update payment_methods set is_default = false
    where tenant_id = ${tenant_id} and provider = ${provider} and is_default`.execute(tx);
  await sql`
    update payment_methods set is_default = true
    where tenant_id = ${tenant_id} and payment_method_id = ${to}`.execute(tx);
}

/** Makes a method the one that is charged from now on. Fails with `not_found`. */
export async function makeDefault(
  tx: Tx,
  tenant_id: string,
  provider: string,
  payment_method_id: string,
): Promise<PaymentMethod> {
  // Two that change a tenant's methods at once take turns.
  await lockTenant(tx, tenant_id);
  const found = await findPaymentMethod(tx, tenant_id, provider, payment_method_id);
  if (found === undefined) fail('not_found', `there is no payment method ${payment_method_id}`);
  await moveDefault(tx, tenant_id, provider, payment_method_id);
  return { ...found, is_default: true };
}

/** Marks a method as removed; it stays on record for what it paid. */
export async function markRemoved(
  tx: Tx,
  { tenant_id, payment_method_id }: PaymentMethod,
  now: Date,
): Promise<void> {
  await sql`
    update payment_methods set removed_at = ${now}, is_default = false
    where tenant_id = ${tenant_id} and payment_method_id = ${payment_method_id} and removed_at is null`.execute(
    tx,
  );
}

/** The provider's name for a tenant, or undefined where it has none yet. */
export async function findCustomer(tx: Tx, tenant_id: string, provider: string): Promise<string | undefined> {
  const found = await sql<{ external_customer_id: string }>`
    select external_customer_id from payment_customers
    where tenant_id = ${tenant_id} and provider = ${provider}`.execute(tx);
  return found.rows[0]?.external_customer_id;
}

/** Keeps the provider's name for a tenant; the first one stays. */
export async function insertCustomer(
  tx: Tx,
  customer: { tenant_id: string; provider: string; external_customer_id: string; created_at: Date },
): Promise<void> {
  await sql`
    insert into payment_customers (tenant_id, provider, external_customer_id, created_at)
    values (${customer.tenant_id}, ${customer.provider}, ${customer.external_customer_id}, ${customer.created_at})
    on conflict do nothing`.execute(tx);
}
