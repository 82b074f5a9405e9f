import { Tallystick } from '@tallystick/sdk';
import { serverAddress } from './server-address.ts';

/**
 * The public API as the session of this page. A figure that does not come is asked for again by its next refresh, so
 * the client itself tries but once more.
 */
const api = new Tallystick({ base_url: serverAddress, session: true, retries: 1, deadline_ms: 20_000 });

/** The API for one tenant: of the session itself where it is its own. */
export function apiFor(tenant_id: string): Tallystick {
  return api.forTenant(tenant_id);
}

/** The API for whoever has signed in, without naming a tenant. */
export { api };
