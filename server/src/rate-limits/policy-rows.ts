import { sql } from 'kysely';
import { tierOf } from '../catalog/index.ts';
import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import type { PolicyRow } from './policy.ts';
import type { PolicySources } from './resolve-policies.ts';

export const policyColumns = sql`name, "limit", window_seconds, cost, endpoint, api_key_id, on_store_failure,
  set_by_operator, created_at, updated_at`;

/** A policy of the tenant's own, or undefined. */
export async function findPolicy(tx: Tx, tenant_id: string, name: string): Promise<PolicyRow | undefined> {
  const found = await sql<PolicyRow>`
    select ${policyColumns} from rate_limit_policies
    where tenant_id = ${tenant_id} and name = ${name}`.execute(tx);
  return found.rows[0];
}

/** A policy of the tenant's own. Fails with `not_found`. */
export async function requirePolicy(tx: Tx, tenant_id: string, name: string): Promise<PolicyRow> {
  return (await findPolicy(tx, tenant_id, name)) ?? fail('not_found', `there is no policy ${name}`);
}

/** A page of the tenant's own policies, newest first: after a position, at most `limit`. */
export async function listPolicies(
  tx: Tx,
  tenant_id: string,
  page: { after?: { time: Date; id: string } | undefined; limit: number },
): Promise<PolicyRow[]> {
  const { after } = page;
  const found = await sql<PolicyRow>`
    select ${policyColumns} from rate_limit_policies
    where tenant_id = ${tenant_id}
      and (${after?.id ?? null}::text is null
        or (created_at, name) < (${after?.time ?? null}::timestamptz, ${after?.id ?? null}::text))
    order by created_at desc, name desc limit ${page.limit}`.execute(tx);
  return found.rows;
}

/** All that may limit the calls of the transaction's tenant, in two statements and the look-up of its tier. */
export async function readSources(tx: Tx, tenant_id: string): Promise<PolicySources> {
  const found = await sql<PolicyRow & { tenant_id: string }>`
    select tenant_id, ${policyColumns} from rate_limit_policies
    where tenant_id in (${tenant_id}, ${ROOT_TENANT_ID})`.execute(tx);
  const tier = await tierOf(tx, tenant_id);
  const of = (owner_id: string) => found.rows.filter((row) => row.tenant_id === owner_id);
  return {
    tenant: of(tenant_id),
    calls_per_minute: tier.calls_per_minute,
    platform: tenant_id === ROOT_TENANT_ID ? [] : of(ROOT_TENANT_ID),
  };
}
