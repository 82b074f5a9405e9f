import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { BatchRow } from '../../server/src/api-usage/index.ts';
import type { Database } from '../../server/src/db/index.ts';
import { newId, ROOT_TENANT_ID } from '../../server/src/id/index.ts';

/** Calls are of the last minutes, as those that a host reports are. */
const MINUTES = 5;
const ENDPOINTS = 20;

/** Makes tenants, and answers their ids. */
export async function makeTenants(db: Database, count: number): Promise<string[]> {
  const now = new Date();
  const tenant_ids = Array.from({ length: count }, () => newId(now));
  await db.asOwner((tx) =>
    sql`
      insert into tenants (tenant_id, parent_tenant_id, name, currency, tier_name, created_at)
      select id, ${ROOT_TENANT_ID}, 'bench', 'USD', 'starter', ${now} from unnest(${tenant_ids}::uuid[]) as id`.execute(
      tx,
    ),
  );
  return tenant_ids;
}

/** Makes calls with ids of the form that the recorder of the SDK gives them. */
export function callMaker(): () => BatchRow['event'] {
  const prefix = randomBytes(16).toString('hex');
  let made = 0;
  return () => {
    made += 1;
    return {
      source: 'tallystick',
      id: `${prefix}-${made.toString(36)}`,
      endpoint: `/episodes/:episode_id/${made % ENDPOINTS}`,
      method: 'GET',
      status_code: made % 25 === 0 ? 404 : 200,
      response_time_ms: Math.round(Math.random() * 100_000) / 1000,
      occurred_at: new Date(Date.now() - Math.floor(Math.random() * MINUTES * 60_000)),
      counted: true,
    };
  };
}
