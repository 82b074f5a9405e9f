import { tallystickFastify } from '@tallystick/sdk/fastify';
import type { FastifyInstance } from 'fastify';
import { ROOT_TENANT_ID } from '../id/index.ts';
import type { Route } from './define-route.ts';
import type { KernelServices } from './services.ts';

/**
 * Records the calls of known keys to the routes that the scope gets after this, as any host records its own: by the
 * plugin of the SDK. An operator's calls and those of exempt routes are recorded without being counted. Who looks at the
 * dashboard has no key, and that is no use of the API.
 */
export async function recordOwnCalls(
  scope: FastifyInstance,
  calls: KernelServices['calls'],
  routes: readonly Route[],
): Promise<void> {
  const exempt = new Map<string, string[]>();
  for (const { method, path } of routes.filter((route) => route.exempt === true))
    exempt.set(path, [...(exempt.get(path) ?? []), method]);
  await scope.register(tallystickFastify, {
    recorder: {
      record: (event) => {
        const { tenant_id, api_key_id, method, endpoint } = event;
        if (tenant_id === undefined || api_key_id === undefined) return;
        const counted = tenant_id !== ROOT_TENANT_ID && exempt.get(endpoint)?.includes(method) !== true;
        // The event was made for us, and another copy of it would cost as much as making it.
        calls.record(Object.assign(event, { tenant_id, api_key_id, counted }));
      },
    },
    identify: ({ caller }) =>
      caller?.api_key_id === undefined
        ? undefined
        : { tenant_id: caller.tenant_id, api_key_id: caller.api_key_id },
    skip: ({ caller }) => caller?.api_key_id === undefined,
  });
  // Before the database is closed, which is the host's to do after this.
  scope.addHook('onClose', () => calls.close());
}
