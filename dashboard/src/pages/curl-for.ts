import { serverAddress } from '../api/server-address.ts';

/** A command that does it from a shell, for the tenant in view and with a key of the reader's. */
export function curlFor(tenant_id: string, path: string, body: object | readonly object[]): string {
  return [
    `curl -X POST ${serverAddress}/api/v1/monetization${path} \\`,
    `  -H "Authorization: Bearer $TALLYSTICK_KEY" \\`,
    `  -H 'Tallystick-Tenant: ${tenant_id}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n');
}
