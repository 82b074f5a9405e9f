import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** The kinds of due work; each has one handler. */
export type DueKind =
  | 'token_hold'
  | 'token_grant_expiry'
  | 'auto_top_up'
  | 'auto_top_up_sweep'
  | 'payment_intent'
  | 'payment_checkout'
  | 'payment_event'
  | 'payment_event_retention'
  | 'sandbox_dispute'
  | 'request_key_purge'
  | 'billing_period_close'
  | 'subscription_cycle'
  | 'invoice_finalization'
  | 'invoice_payment'
  | 'invoice_numbering'
  | 'billing_run'
  | 'owed_periods'
  | 'trial_ending'
  | 'email'
  | 'revenue_recognition'
  | 'api_usage_retention';

/** Something that falls due. `ref_id` is the id of the row it is about. */
export interface DueItem {
  tenant_id: string;
  kind: DueKind;
  ref_id: string;
  next_due_at: Date;
  attempts: number;
}

/** Makes an item due at a time, in the caller's transaction; an item that exists is moved there. */
export async function schedule(tx: Tx, item: Omit<DueItem, 'attempts'>): Promise<void> {
  await sql`
    insert into due_work (tenant_id, kind, ref_id, next_due_at)
    values (${item.tenant_id}, ${item.kind}, ${item.ref_id}, ${item.next_due_at})
    on conflict (tenant_id, kind, ref_id) do update
    set next_due_at = excluded.next_due_at, attempts = 0, last_error = null`.execute(tx);
}

/** Makes items of rows that this transaction made due, of any tenants that it may write for. */
export async function scheduleNew(
  tx: Tx,
  kind: DueKind,
  items: readonly Pick<DueItem, 'tenant_id' | 'ref_id' | 'next_due_at'>[],
): Promise<void> {
  if (items.length === 0) return;
  await sql`
    insert into due_work (tenant_id, kind, ref_id, next_due_at)
    select tenant_id, ${kind}, ref_id, next_due_at
    from unnest(${items.map(({ tenant_id }) => tenant_id)}::uuid[], ${items.map(({ ref_id }) => ref_id)}::uuid[],
      ${items.map(({ next_due_at }) => next_due_at)}::timestamptz[]) as item (tenant_id, ref_id, next_due_at)
    on conflict do nothing`.execute(tx);
}

/** Takes an item off the schedule, in the caller's transaction. One that is not there is fine. */
export async function unschedule(tx: Tx, tenant_id: string, kind: DueKind, ref_id: string): Promise<void> {
  await sql`
    delete from due_work where tenant_id = ${tenant_id} and kind = ${kind} and ref_id = ${ref_id}`.execute(
    tx,
  );
}

/** The item of the transaction's tenant that is due first, however far ahead that is, or undefined. */
export async function earliestItem(
  tx: Tx,
  tenant_id: string,
  kinds: readonly DueKind[],
): Promise<DueItem | undefined> {
  const found = await sql<DueItem>`
    select tenant_id, kind, ref_id, next_due_at, attempts from due_work
    where tenant_id = ${tenant_id} and kind = any(${kinds}) order by next_due_at, kind, ref_id limit 1`.execute(
    tx,
  );
  return found.rows[0];
}
