import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import type { PaymentProvider } from '../payments/index.ts';
import { defaultPaymentMethod, findCustomer, findPaymentMethod } from './store.ts';

/** What a transaction says of who is charged and how, in the provider's names. */
export interface ChargedMethod {
  payment_method: string | null;
  payment_customer: string | null;
}

const ownId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Whom and what to charge: the method that was named, by its payment_method_id or the provider's own name, else the
 * default. Fails with `not_found` for an id of no method, and with `payment_method_missing` where there is none to charge.
 */
export async function methodToCharge(
  tx: Tx,
  payments: Pick<PaymentProvider, 'name' | 'needs_method'>,
  tenant_id: string,
  named: string | undefined,
): Promise<ChargedMethod> {
  const payment_customer = (await findCustomer(tx, tenant_id, payments.name)) ?? null;
  if (named !== undefined && !ownId.test(named)) return { payment_method: named, payment_customer };
  const method =
    named === undefined
      ? await defaultPaymentMethod(tx, tenant_id, payments.name)
      : await findPaymentMethod(tx, tenant_id, payments.name, named.toLowerCase());
  if (method !== undefined) return { payment_method: method.external_id, payment_customer };
  if (named !== undefined) fail('not_found', `there is no payment method ${named}`);
  if (payments.needs_method)
    fail('payment_method_missing', 'no payment method was named, and the tenant has no default one');
  return { payment_method: null, payment_customer };
}
