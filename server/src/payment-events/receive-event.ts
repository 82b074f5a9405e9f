import type { Clock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { schedule } from '../due-work/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { insertEvent } from './store.ts';

/** What storing and processing events needs. */
export interface EventServices {
  db: Pick<Database, 'inTenant'>;
  clock: Clock;
  newId(at: Date): string;
}

/** Stores an event of a provider and makes it due, once; one that was stored before changes nothing. */
export async function receiveEvent(
  { db, clock, newId }: EventServices,
  provider: string,
  event: { event_id: string; type: string; payload: string },
): Promise<void> {
  const now = clock.now(ROOT_TENANT_ID);
  const payment_event_id = newId(now);
  const tenant_id = ROOT_TENANT_ID;
  await db.inTenant(tenant_id, async (tx) => {
    const row = {
      tenant_id,
      provider,
      payment_event_id,
      ...event,
      status: 'received',
      received_at: now,
    } as const;
    if (!(await insertEvent(tx, row))) return;
    await schedule(tx, { tenant_id, kind: 'payment_event', ref_id: payment_event_id, next_due_at: now });
  });
}
