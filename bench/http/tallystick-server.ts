import { tryToSend } from '../../server/test/crash/api-client.ts';
import { environmentOf, makeTenants, OPERATOR_KEY } from '../../server/test/crash/crash-tenants.ts';
import { type ServerProcess, startServer } from '../../server/test/crash/server-process.ts';

/** `tallystick serve` in a process of its own, with a tenant and a key for each client. */
export interface TallystickServer {
  server: ServerProcess;
  /** By client; clients count from 0. */
  tenant_ids: string[];
  keys: string[];
}

/** Starts the server, on PostgreSQL or in a folder; each tenant has so many tokens. */
export async function startTallystickServer(
  at: { database_url?: string | undefined; folder: string },
  clients: number,
  tokens: number,
): Promise<TallystickServer> {
  const server = await startServer(environmentOf({ ...at, data_folder: at.folder }));
  const tenant_ids = await makeTenants(server.address, clients, tokens);
  const keys = await Promise.all(tenant_ids.map((tenant_id) => makeKey(server.address, tenant_id)));
  return { server, tenant_ids, keys };
}

async function makeKey(address: string, tenant_id: string): Promise<string> {
  const made = await tryToSend(
    { address, key: OPERATOR_KEY, tenant_id },
    { path: `/tenants/${tenant_id}/api-keys`, body: { name: 'bench', scopes: ['write'] } },
  );
  if (made?.status !== 201) throw new Error(`no key: ${JSON.stringify(made)}`);
  return String(made.body.api_key);
}
