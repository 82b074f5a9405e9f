import { KeepAliveConnection } from '../http/keep-alive-connection.ts';
import type { BenchContext, BenchRow, Side } from '../row.ts';
import { type ProcessorClock, postgresServer, processOf, together } from '../run/processor-time.ts';
import { timed } from '../run/timed.ts';
import { callMaker } from '../usage-ingest/calls.ts';
import { CopyClient, linesOf, makePlainTable } from '../usage-ingest/copy-calls.ts';
import { type EventsTarget, startEventsTarget } from '../usage-ingest/post-events.ts';

const CLIENTS = 64;
const POST_EVENTS = 100;
const POSTS = 1500;
const STREAMS = 2;
const COPY_EVENTS = 50_000;
const COPIES = 6;

/** What is left of the database's own speed when calls come over HTTP and are counted. */
export const httpIngest: BenchRow = {
  name: 'http-ingest',
  work: "POST /api-usage/events of 100 calls over 64 connections, validated, deduped, rolled up and on disk before they are answered, the server in a process of its own (processor time: its and PostgreSQL's); against two streams of COPY, of lines made beforehand, into a table with the same columns and index, without row security, dedupe and rollups (PostgreSQL's)",
  compare: 'throughput',
  goal: 0.25,
  needs: ['database_url'],
  open: async (context) => {
    const database = await postgresServer(context.database_url ?? '');
    const ours = await openOurs(context, database);
    const theirs = await openTheirs(context.database_url ?? '', database);
    for (const side of [ours, theirs]) await side.run();
    return { ours, theirs };
  },
};

async function openOurs(context: BenchContext, database: ProcessorClock): Promise<Side> {
  const target = await startEventsTarget(context, CLIENTS);
  const connections = await Promise.all(
    Array.from({ length: CLIENTS }, () => KeepAliveConnection.open(target.address)),
  );
  const clock = together(processOf(target.pid), database);
  return {
    name: 'Tallystick, POST /api-usage/events',
    run: async () => {
      // Made beforehand, so that the load takes as little as it can of the machine that it shares.
      const posts = connections.map((_connection, client) =>
        Array.from({ length: Math.ceil(POSTS / CLIENTS) }, () => target.request(client, POST_EVENTS)),
      );
      const reading = await timed(clock, async () => {
        const counts = await Promise.all(
          connections.map((connection, client) => sendAll(target, connection, client, posts[client] ?? [])),
        );
        return counts.reduce((total, count) => total + count, 0);
      });
      await target.check();
      return reading;
    },
    close: async () => {
      for (const connection of connections) connection.close();
      await target.stop();
    },
  };
}

async function sendAll(
  target: EventsTarget,
  connection: KeepAliveConnection,
  client: number,
  posts: readonly string[],
): Promise<number> {
  for (const post of posts) target.take(client, POST_EVENTS, await connection.send(post));
  return posts.length * POST_EVENTS;
}

async function openTheirs(database_url: string, database: ProcessorClock): Promise<Side> {
  await makePlainTable(database_url);
  const clients = await Promise.all(Array.from({ length: STREAMS }, () => CopyClient.open(database_url)));
  const makeCall = callMaker();
  const tenant_ids = Array.from({ length: CLIENTS }, () => crypto.randomUUID());
  const makeText = () =>
    Array.from({ length: COPY_EVENTS / POST_EVENTS }, (_post, number) =>
      linesOf(tenant_ids[number % CLIENTS] ?? '', Array.from({ length: POST_EVENTS }, makeCall)),
    ).join('');
  return {
    name: `COPY, ${STREAMS} streams`,
    run: async () => {
      const texts = Array.from({ length: COPIES }, makeText);
      return await timed(database, async () => {
        const stream = async (client: CopyClient): Promise<void> => {
          for (let text = texts.pop(); text !== undefined; text = texts.pop()) await client.copy(text);
        };
        await Promise.all(clients.map(stream));
        return COPIES * COPY_EVENTS;
      });
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
