import { sql } from 'kysely';
import type { Tx } from './transactions.ts';

/** Makes another tenant the current one within a transaction, as when a tenant is made by its seller. */
export async function setTenant(tx: Tx, tenant_id: string): Promise<void> {
  await sql`select tallystick.set_tenant(${tenant_id}::uuid)`.execute(tx);
}

/** Does `work` with `there` as the transaction's tenant, and makes `here` the tenant again; an error ends both. */
export async function inOtherTenant<T>(
  tx: Tx,
  here: string,
  there: string,
  work: () => Promise<T>,
): Promise<T> {
  if (there === here) return work();
  await setTenant(tx, there);
  const result = await work();
  await setTenant(tx, here);
  return result;
}
