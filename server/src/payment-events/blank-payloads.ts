import { sql } from 'kysely';
import type { Database, Tx } from '../db/index.ts';
import type { OwnHandler } from '../due-work/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long what was reported is kept after it was understood, in milliseconds. */
const PAYLOAD_LIFETIME_MS = 90 * DAY_MS;
/** Rows in one transaction, so that no webhook waits long. */
const CHUNK = 500;

/**
 * Once a day: takes away what understood events said, which may be about persons, when its time is over. Their ids stay,
 * so that one which comes again still changes nothing; what was never understood stays whole.
 */
export function paymentEventRetention(db: Pick<Database, 'asJob'>): OwnHandler {
  return {
    kind: 'payment_event_retention',
    recurring: true,
    runOwn: async (_item, now) => {
      const until = new Date(now.getTime() - PAYLOAD_LIFETIME_MS);
      while ((await db.asJob((tx) => blankPayloads(tx, until))) === CHUNK);
      return new Date(now.getTime() + DAY_MS);
    },
  };
}

/** Blanks at most a chunk of the events that were understood by then, and says how many there were. */
async function blankPayloads(tx: Tx, until: Date): Promise<number> {
  const blanked = await sql`
    update payment_events set payload = null
    where (tenant_id, provider, event_id) in (
      select tenant_id, provider, event_id from payment_events
      where tenant_id = ${ROOT_TENANT_ID} and payload is not null and ended_at <= ${until}
      order by ended_at limit ${CHUNK})
    returning 1`.execute(tx);
  return blanked.rows.length;
}
