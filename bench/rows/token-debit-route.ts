import { startEmptyPost, startTallystick } from '../http/debit-targets.ts';
import { openHttpSide } from '../http/http-side.ts';
import type { BenchRow } from '../row.ts';
import { postgresServer } from '../run/processor-time.ts';

const CLIENTS = 64;

/** What is left of an HTTP server's rate when each of its requests is a durable debit. */
export const tokenDebitRoute: BenchRow = {
  name: 'token-debit-route',
  work: 'POST /ai-tokens/usage over 64 connections, each with a tenant and a key of its own, the server in a process of its own; against an empty POST of bare Fastify that validates the same body',
  compare: 'throughput',
  goal: 0.5,
  needs: ['database_url'],
  open: async (context) => {
    const database = await postgresServer(context.database_url ?? '');
    const tallystick = await startTallystick(context, CLIENTS);
    const ours = await openHttpSide('Tallystick, POST /ai-tokens/usage', tallystick, {
      clients: CLIENTS,
      database,
    });
    const theirs = await openHttpSide('Fastify, an empty POST', await startEmptyPost(), { clients: CLIENTS });
    return { ours, theirs };
  },
};
