import { sql } from 'kysely';
import type { Composition } from '../../server/src/cli/index.ts';
import { newId, ROOT_TENANT_ID } from '../../server/src/id/index.ts';

/** What every window allows on both sides: more than a run asks for, because a refusal costs less than a yes. */
export const POINTS = 1_000_000;

/** What limits a call, and by whom ours was set. */
export const WINDOWS = {
  burst: { name: 'burst', window_seconds: 10 },
  minute: { name: 'requests_per_minute', window_seconds: 60 },
  hour: { name: 'hourly', window_seconds: 3600 },
} as const;

const TENANTS = 1000;

/** A tenant and a key of it: whose calls are limited. */
export interface LimitedKey {
  tenant_id: string;
  api_key_id: string;
}

type Policy = { tenant_id: string; api_key_id: string | null } & (typeof WINDOWS)[keyof typeof WINDOWS];

/**
 * Makes a thousand tenants with a key each. Each has a policy in place of its tier's; with `every_window` also one of its
 * key, and everybody has one.
 */
export async function makeLimitedKeys(
  { db, clock }: Pick<Composition, 'db' | 'clock'>,
  { every_window }: { every_window: boolean },
): Promise<LimitedKey[]> {
  const now = clock.now(ROOT_TENANT_ID);
  const keys = Array.from({ length: TENANTS }, () => ({ tenant_id: newId(now), api_key_id: newId(now) }));
  const { burst, minute, hour } = WINDOWS;
  await db.asOwner(async (tx) => {
    await sql`
      insert into tenants (tenant_id, parent_tenant_id, name, currency, tier_name, created_at)
      select k.tenant_id, ${ROOT_TENANT_ID}, 'bench', 'USD', 'free', ${now}
      from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as k (tenant_id uuid)`.execute(tx);
    await sql`
      insert into api_keys (tenant_id, api_key_id, name, scopes, created_at)
      select k.tenant_id, k.api_key_id, 'bench', '{write}', ${now}
      from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as k (tenant_id uuid, api_key_id uuid)`.execute(
      tx,
    );
    const rows: Policy[] = keys.flatMap(({ tenant_id, api_key_id }) => [
      { tenant_id, api_key_id: null, ...minute },
      ...(every_window ? [{ tenant_id, api_key_id, ...burst }] : []),
    ]);
    if (every_window) rows.push({ tenant_id: ROOT_TENANT_ID, api_key_id: null, ...hour });
    await sql`
      insert into rate_limit_policies (tenant_id, name, "limit", window_seconds, cost, api_key_id, on_store_failure,
        set_by_operator, created_at, updated_at)
      select p.tenant_id, p.name, ${POINTS}, p.window_seconds, 1, p.api_key_id, 'closed', true, ${now}, ${now}
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as p (tenant_id uuid, api_key_id uuid, name text, window_seconds int)`.execute(tx);
  });
  return keys;
}
