import { startEmptyGet, startEntitlements } from '../http/entitlement-targets.ts';
import { openHttpSide } from '../http/http-side.ts';
import type { BenchRow } from '../row.ts';
import { postgresServer } from '../run/processor-time.ts';

const CLIENTS = 64;

/** What is left of an HTTP server's rate when each of its requests asks for a metered entitlement. */
export const entitlementRoute: BenchRow = {
  name: 'entitlement-route',
  work: 'GET /entitlements/{feature} of a metered feature over 64 connections, each with a tenant and a key of its own, the server in a process of its own; against an empty GET of bare Fastify that validates the same path and query',
  compare: 'throughput',
  goal: 0.5,
  needs: ['database_url'],
  open: async (context) => {
    const database = await postgresServer(context.database_url ?? '');
    const entitlements = await startEntitlements(context, CLIENTS);
    const ours = await openHttpSide('Tallystick, GET /entitlements/{feature}', entitlements, {
      clients: CLIENTS,
      database,
    });
    const theirs = await openHttpSide('Fastify, an empty GET', await startEmptyGet(), { clients: CLIENTS });
    return { ours, theirs };
  },
};
