import { z } from 'zod';
import type { Database } from '../db/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { bodyHash } from '../json/index.ts';
import { claimKey, completeKey, releaseKey } from '../request-keys/index.ts';
import { listTenants } from '../tenants/index.ts';

const totalsSchema = z.object({
  tenants: z.int(),
  uses: z.int(),
  tokens_used: z.int(),
  tokens_sold: z.int(),
  // A database that an earlier version loaded has none.
  calls: z.int().default(0),
  revenue: z.array(z.object({ currency: z.string(), received_cents: z.int(), recognised_cents: z.int() })),
});

/** What a load came to. Money is in the minor unit of its currency: received less paid back, and earned by use. */
export type DemoTotals = z.infer<typeof totalsSchema>;

/** How far a load is: not for this database, under way since a time (perhaps since now), or done. */
export type LoadState =
  | { state: 'not_empty' }
  | { state: 'under_way'; since: Date }
  | { state: 'loaded'; totals: DemoTotals };

/** A load is one request of the operator, so its marker is a request key: claimed while under way, then answered. */
const name = { tenant_id: ROOT_TENANT_ID, namespace: 'demo', key: 'studios' };

/** Claims the load of a database that holds no tenant but the root, or says what has become of it. */
export async function claimLoad(db: Pick<Database, 'inTenant'>, now: Date): Promise<LoadState> {
  return await db.inTenant(ROOT_TENANT_ID, async (tx) => {
    const body_hash = bodyHash({ demo: name.key });
    const claim = await claimKey(tx, { ...name, body_hash, now, reused_code: 'request_id_reused' });
    if (claim.state === 'completed') return { state: 'loaded', totals: totalsSchema.parse(claim.body) };
    if (claim.state === 'in_flight') return { state: 'under_way', since: claim.created_at };
    const tenants = await listTenants(tx, ROOT_TENANT_ID, { limit: 1 });
    if (tenants.length === 0) return { state: 'under_way', since: now };
    await releaseKey(tx, name);
    return { state: 'not_empty' };
  });
}

/** Marks the load as done. */
export async function completeLoad(db: Pick<Database, 'inTenant'>, totals: DemoTotals): Promise<void> {
  const response_text = JSON.stringify(totals);
  await db.inTenant(ROOT_TENANT_ID, (tx) => completeKey(tx, name, { status: 200, response_text }));
}
