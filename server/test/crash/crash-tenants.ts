import { tryToSend } from './api-client.ts';

/** Given to every server by TALLYSTICK_OPERATOR_KEY; it guards nothing but tests. */
export const OPERATOR_KEY = 'operator-key-of-the-crash-tests-0001';

/** What tells a server process which database is its own, and that OPERATOR_KEY is the operator's. */
export function environmentOf(at: {
  database_url?: string | undefined;
  data_folder: string;
}): Record<string, string> {
  const env = { TALLYSTICK_DATA: at.data_folder, TALLYSTICK_OPERATOR_KEY: OPERATOR_KEY };
  return at.database_url === undefined ? env : { ...env, DATABASE_URL: at.database_url };
}

const ROOT = '01900000-0000-7000-8000-000000000001';

/** Makes tenants with some tokens to begin with. */
export async function makeTenants(address: string, count: number, tokens = 5000): Promise<string[]> {
  const tenant_ids: string[] = [];
  for (let number = 1; number <= count; number++) {
    const root = { address, key: OPERATOR_KEY, tenant_id: ROOT };
    const made = await tryToSend(root, { path: '/tenants', body: { name: `Studio ${number}` } });
    const tenant_id = String(made?.body.tenant_id);
    const gift = { path: '/ai-tokens/grants', body: { tokens, reason: 'to begin with' } };
    const given = await tryToSend({ address, key: OPERATOR_KEY, tenant_id }, gift);
    if (given?.status !== 201) throw new Error(`no tenant: ${JSON.stringify([made, given])}`);
    tenant_ids.push(tenant_id);
  }
  return tenant_ids;
}
