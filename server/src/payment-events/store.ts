import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';

/** A row of `payment_events`. `payload` is JSON text, and is there as long as the event is not understood. */
export interface PaymentEvent {
  tenant_id: string;
  provider: string;
  event_id: string;
  payment_event_id: string;
  type: string;
  payload: string;
  status: 'received' | 'processed' | 'ignored';
  received_at: Date;
}

/** Stores an event; false where it was stored before. */
export async function insertEvent(tx: Tx, event: PaymentEvent): Promise<boolean> {
  const stored = await sql`
    insert into payment_events (tenant_id, provider, event_id, payment_event_id, type, payload, status, received_at)
    values (${event.tenant_id}, ${event.provider}, ${event.event_id}, ${event.payment_event_id}, ${event.type},
      ${event.payload}::jsonb, ${event.status}, ${event.received_at})
    on conflict (tenant_id, provider, event_id) do nothing returning 1`.execute(tx);
  return stored.rows.length > 0;
}

/** One event by our id of it, or undefined. */
export async function findEvent(
  tx: Tx,
  tenant_id: string,
  payment_event_id: string,
): Promise<PaymentEvent | undefined> {
  const found = await sql<PaymentEvent>`
    select tenant_id, provider, event_id, payment_event_id, type, payload::text as payload, status, received_at
    from payment_events where tenant_id = ${tenant_id} and payment_event_id = ${payment_event_id}`.execute(
    tx,
  );
  return found.rows[0];
}

/** Marks an event as understood, or as about nothing of ours. */
export async function endEvent(
  tx: Tx,
  { tenant_id, payment_event_id }: PaymentEvent,
  status: 'processed' | 'ignored',
  now: Date,
): Promise<void> {
  await sql`
    update payment_events set status = ${status}, ended_at = ${now}
    where tenant_id = ${tenant_id} and payment_event_id = ${payment_event_id}`.execute(tx);
}
