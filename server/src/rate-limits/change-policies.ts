import { sql } from 'kysely';
import { publishChange, type Tx } from '../db/index.ts';
import { fail, TallystickError } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { lockTenant } from '../tenants/index.ts';
import { POLICIES_MAX, type PolicyRow, type PolicyTerms, TIER_POLICY_NAME } from './policy.ts';
import { findPolicy, policyColumns } from './policy-rows.ts';

/** Who changes a policy of which tenant, and when. */
export interface PolicyContext {
  tenant_id: string;
  operator: boolean;
  now: Date;
}

/**
 * Sets a policy of the transaction's tenant: a new one, or all of one that was there. Fails with `operator_only` where
 * anybody else names a policy that the tier or the operator set, with `request_invalid` for a cost beyond the limit or a
 * key that is not the tenant's, and with `rate_limit_policies_too_many`.
 */
export async function putPolicy(
  tx: Tx,
  context: PolicyContext,
  terms: PolicyTerms,
): Promise<{ created: boolean; policy: PolicyRow }> {
  const { tenant_id, operator, now } = context;
  if (terms.cost > terms.limit) throw refusedField('cost', 'must not be more than the limit');
  await lockTenant(tx, tenant_id);
  const known = await requireMayChange(tx, context, terms.name);
  await requireOwnKey(tx, tenant_id, terms.api_key_id);
  if (known === undefined) await requireRoom(tx, tenant_id);
  const { name, limit, window_seconds, cost, endpoint, api_key_id, on_store_failure } = terms;
  const written = await sql<PolicyRow>`
    insert into rate_limit_policies (tenant_id, name, "limit", window_seconds, cost, endpoint, api_key_id,
      on_store_failure, set_by_operator, created_at, updated_at)
    values (${tenant_id}, ${name}, ${limit}, ${window_seconds}, ${cost}, ${endpoint}, ${api_key_id},
      ${on_store_failure}, ${operator}, ${now}, ${now})
    on conflict (tenant_id, name) do update set "limit" = excluded."limit",
      window_seconds = excluded.window_seconds, cost = excluded.cost, endpoint = excluded.endpoint,
      api_key_id = excluded.api_key_id, on_store_failure = excluded.on_store_failure,
      set_by_operator = excluded.set_by_operator, updated_at = excluded.updated_at
    returning ${policyColumns}`.execute(tx);
  const policy = written.rows[0];
  if (policy === undefined) throw new Error(`the policy ${name} was not written`);
  await publishChange(tx, { topic: 'rate_limit_policies', tenant_id });
  return { created: known === undefined, policy };
}

/** Takes a policy of the transaction's tenant away. Fails with `not_found`, or `operator_only` as putPolicy() does. */
export async function deletePolicy(tx: Tx, context: PolicyContext, name: string): Promise<void> {
  const { tenant_id } = context;
  const known = await requireMayChange(tx, context, name);
  if (known === undefined) fail('not_found', `there is no policy ${name}`);
  await sql`delete from rate_limit_policies where tenant_id = ${tenant_id} and name = ${name}`.execute(tx);
  await publishChange(tx, { topic: 'rate_limit_policies', tenant_id });
}

/** A tenant may make its limits stricter, by policies of its own names, and never replace those that it was given. */
async function requireMayChange(
  tx: Tx,
  { tenant_id, operator }: PolicyContext,
  name: string,
): Promise<PolicyRow | undefined> {
  const known = await findPolicy(tx, tenant_id, name);
  if (operator) return known;
  const given =
    name === TIER_POLICY_NAME ||
    known?.set_by_operator === true ||
    (await findPolicy(tx, ROOT_TENANT_ID, name)) !== undefined;
  if (given) fail('operator_only', `The policy ${name} was set by the operator, who alone changes it.`);
  return known;
}

async function requireOwnKey(tx: Tx, tenant_id: string, api_key_id: string | null): Promise<void> {
  if (api_key_id === null) return;
  const found = await sql`
    select 1 from api_keys where tenant_id = ${tenant_id} and api_key_id = ${api_key_id}`.execute(tx);
  if (found.rows.length === 0) throw refusedField('api_key_id', 'is not a key of this tenant');
}

async function requireRoom(tx: Tx, tenant_id: string): Promise<void> {
  const counted = await sql<{ policies: bigint }>`
    select count(*) as policies from rate_limit_policies where tenant_id = ${tenant_id}`.execute(tx);
  if (Number(counted.rows[0]?.policies) >= POLICIES_MAX)
    fail('rate_limit_policies_too_many', `A tenant has at most ${POLICIES_MAX} policies of its own.`);
}

function refusedField(name: string, detail: string): TallystickError {
  return new TallystickError('request_invalid', `body/${name}: ${detail}`, {
    errors: [{ in: 'body', pointer: `/${name}`, detail }],
  });
}
