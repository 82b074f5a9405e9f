import type { TokenServices } from '../ai-tokens/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import { createApiKey, listApiKeys, rotateApiKey, SCOPES, type Scope } from '../tenants/index.ts';

const KEY_NAME = 'demo';
const KEYS_LISTED = 200;

/** An operator key and a key of one tenant, both new: only hashes are stored, so former ones cannot be shown again. */
export async function renewDemoKeys(
  services: TokenServices,
  tenant_id: string,
): Promise<{ operator_key: string; tenant_key: string }> {
  return {
    operator_key: await renewKey(services, ROOT_TENANT_ID, SCOPES),
    tenant_key: await renewKey(services, tenant_id, ['read', 'write']),
  };
}

/** A new secret for the tenant's demo key, whose former one ends at once; where there is none, a new key. */
async function renewKey(
  { db, clock, newId }: TokenServices,
  tenant_id: string,
  scopes: readonly Scope[],
): Promise<string> {
  const context = { tenant_id, now: clock.now(tenant_id), newId };
  const renewed = await db.inTenant(tenant_id, async (tx) => {
    const keys = await listApiKeys(tx, tenant_id, { limit: KEYS_LISTED });
    const former = keys.find(
      (key) => key.name === KEY_NAME && key.revoked_at === null && key.expires_at === null,
    );
    return former
      ? await rotateApiKey(tx, context, former.api_key_id, 0)
      : await createApiKey(tx, context, { name: KEY_NAME, scopes });
  });
  return renewed.api_key;
}
