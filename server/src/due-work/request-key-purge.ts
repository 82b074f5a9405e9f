import { sql } from 'kysely';
import type { Clock } from '../clock/index.ts';
import type { Database } from '../db/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { purgeExpiredKeys } from '../request-keys/index.ts';
import type { OwnHandler } from './handler.ts';

const EVERY_MS = 60 * 60 * 1000;
/** Rows in one transaction, so that no request waits long. */
const CHUNK = 500;

/** Takes expired Idempotency-Keys away, of all tenants, every hour of the root's time. */
export function requestKeyPurge(db: Database): OwnHandler {
  return {
    kind: 'request_key_purge',
    recurring: true,
    runOwn: async (_item, now) => {
      let purged = CHUNK;
      while (purged === CHUNK) purged = await db.asJob((tx) => purgeExpiredKeys(tx, now, CHUNK));
      return new Date(now.getTime() + EVERY_MS);
    },
  };
}

/** Puts what recurs on the schedule, where it is not there yet. Done at every start. */
export async function scheduleRecurring(db: Database, clock: Clock, kinds: readonly string[]): Promise<void> {
  await db.asJob((tx) =>
    sql`
      insert into due_work (tenant_id, kind, ref_id, next_due_at)
      select ${ROOT_TENANT_ID}, kind, ${ROOT_TENANT_ID}, ${clock.now()} from unnest(${kinds}::text[]) as kind
      on conflict do nothing`.execute(tx),
  );
}
