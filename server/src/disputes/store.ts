import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { DisputeState } from '../payments/index.ts';

/** A row of `disputes`. */
export interface Dispute extends DisputeState {
  tenant_id: string;
  dispute_id: string;
  provider: string;
  reversal_transaction_id: string | null;
  /** What of the amount can still be taken back with tokens. */
  secured_cents: bigint;
  opened_at: Date;
  closed_at: Date | null;
}

const columns = sql`tenant_id, dispute_id, provider, external_id, transaction_id, reversal_transaction_id, amount_cents,
  secured_cents, currency, status, reason, opened_at, closed_at`;

/** A page of a tenant's disputes, newest first. */
export async function listDisputes(
  tx: Tx,
  tenant_id: string,
  filter: {
    status?: Dispute['status'] | undefined;
    after?: { time: Date; id: string } | undefined;
    limit: number;
  },
): Promise<Dispute[]> {
  const { status = null, after, limit } = filter;
  const page = await sql<Dispute>`
    select ${columns} from disputes
    where tenant_id = ${tenant_id} and (${status}::text is null or status = ${status})
      and (${after?.id ?? null}::uuid is null or (opened_at, dispute_id) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by opened_at desc, dispute_id desc limit ${limit}`.execute(tx);
  return page.rows;
}

/** A dispute by its provider's name for it, locked until the transaction ends; undefined where it is not known yet. */
export async function lockDispute(
  tx: Tx,
  tenant_id: string,
  provider: string,
  external_id: string,
): Promise<Dispute | undefined> {
  const found = await sql<Dispute>`
    select ${columns} from disputes
    where tenant_id = ${tenant_id} and provider = ${provider} and external_id = ${external_id} for update`.execute(
    tx,
  );
  return found.rows[0];
}

/** What of a payment is lost, or may be: its disputes but those that were won, in minor units. */
export async function disputedCents(
  tx: Tx,
  { tenant_id, transaction_id }: Pick<Dispute, 'tenant_id' | 'transaction_id'>,
): Promise<bigint> {
  const found = await sql<{ cents: bigint }>`
    select coalesce(sum(amount_cents), 0)::bigint as cents from disputes
    where tenant_id = ${tenant_id} and transaction_id = ${transaction_id} and status <> 'won'`.execute(tx);
  return found.rows[0]?.cents ?? 0n;
}

/** How the disputes of an invoice's payments stand: the one that is open, or else the last to end. */
export async function invoiceDisputeStatus(
  tx: Tx,
  tenant_id: string,
  invoice_id: string,
): Promise<Dispute['status'] | undefined> {
  const found = await sql<Pick<Dispute, 'status'>>`
    select d.status from disputes d
    join billing_transactions b on b.tenant_id = d.tenant_id and b.transaction_id = d.reversal_transaction_id
    where d.tenant_id = ${tenant_id} and b.invoice_id = ${invoice_id}
    order by d.closed_at desc nulls first, d.opened_at desc, d.dispute_id desc limit 1`.execute(tx);
  return found.rows[0]?.status;
}

/** Writes a dispute that was heard of for the first time. */
export async function insertDispute(tx: Tx, row: Dispute): Promise<void> {
  await sql`
    insert into disputes (tenant_id, dispute_id, provider, external_id, transaction_id, reversal_transaction_id,
      amount_cents, secured_cents, currency, status, reason, opened_at)
    values (${row.tenant_id}, ${row.dispute_id}, ${row.provider}, ${row.external_id}, ${row.transaction_id},
      ${row.reversal_transaction_id}, ${row.amount_cents}, ${row.secured_cents}, ${row.currency}, ${row.status},
      ${row.reason}, ${row.opened_at})`.execute(tx);
}

/** Moves a dispute that is open. */
export async function moveDispute(
  tx: Tx,
  { tenant_id, dispute_id }: Dispute,
  status: Dispute['status'],
  closed_at: Date | null,
): Promise<void> {
  await sql`
    update disputes set status = ${status}, closed_at = ${closed_at}
    where tenant_id = ${tenant_id} and dispute_id = ${dispute_id} and closed_at is null`.execute(tx);
}
