import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** What a tenant has to its credit, in minor units of its currency. */
export async function creditOf(tx: Tx, tenant_id: string): Promise<bigint> {
  const found = await sql<{ credit_cents: bigint }>`
    select credit_cents from customer_credits where tenant_id = ${tenant_id}`.execute(tx);
  return found.rows[0]?.credit_cents ?? 0n;
}

/** Adds to a tenant's credit, or takes from it; the caller holds its book and books the same amount there. */
export async function changeCredit(tx: Tx, tenant_id: string, cents: bigint): Promise<void> {
  if (cents === 0n) return;
  await sql`
    insert into customer_credits as c (tenant_id, credit_cents) values (${tenant_id}, greatest(${cents}::bigint, 0))
    on conflict (tenant_id) do update set credit_cents = c.credit_cents + ${cents}::bigint`.execute(tx);
}
