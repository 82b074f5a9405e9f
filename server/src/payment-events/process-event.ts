import type { OwnHandler } from '../due-work/index.ts';
import { fail } from '../errors/index.ts';
import { type NewsHandler, type PaymentProvider, withDeadline } from '../payments/index.ts';
import type { EventServices } from './receive-event.ts';
import { endEvent, findEvent } from './store.ts';

/**
 * Processes what was stored: asks the provider what an event means and tells every handler. It may do so twice, since a
 * crash in between repeats it, and handlers are content with that.
 */
export function eventDueHandler(
  services: EventServices & { payments: PaymentProvider | null },
  handlers: readonly NewsHandler[],
): OwnHandler {
  const { db, payments } = services;
  return {
    kind: 'payment_event',
    runOwn: async ({ tenant_id, ref_id }, now): Promise<undefined> => {
      const event = await db.inTenant(tenant_id, (tx) => findEvent(tx, tenant_id, ref_id));
      if (event?.status !== 'received') return;
      if (payments?.name !== event.provider || payments.readNews === undefined)
        fail('payments_unavailable', `this server cannot ask "${event.provider}"`);
      const read = payments.readNews.bind(payments, event.payload);
      const news = await withDeadline(read, payments.deadline_ms);
      if (news !== undefined) for (const handle of handlers) await handle(news, event.provider);
      const status = news === undefined ? 'ignored' : 'processed';
      await db.inTenant(tenant_id, (tx) => endEvent(tx, event, status, now));
    },
  };
}
