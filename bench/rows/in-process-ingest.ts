import { sql } from 'kysely';
import type { BatchRow } from '../../server/src/api-usage/index.ts';
import type { BenchContext, BenchRow, Side } from '../row.ts';
import { makeTenants } from '../run/make-tenants.ts';
import { ownProcess, type ProcessorClock, postgresServer, together } from '../run/processor-time.ts';
import { timed } from '../run/timed.ts';
import { composeForBench } from '../token-debits/books.ts';
import { callMaker } from '../usage-ingest/calls.ts';
import { CopyClient, linesOf, makePlainTable } from '../usage-ingest/copy-calls.ts';

const TENANTS = 100;
const POST_EVENTS = 100;
/** As many posts under way as fill a batch of each lane and the next one's queue. */
const CALLERS = 200;
const COPY_EVENTS = 5000;
/** Of one run: a second or two. */
const RUN_EVENTS = 200_000;

/** Recording with dedupe and rollups, against a bulk load that does neither. */
export const inProcessIngest: BenchRow = {
  name: 'in-process-ingest',
  work: 'calls recorded in process, deduped and rolled up, in posts of 100 of a hundred tenants; against COPY from Node of the same rows, 5,000 at a time, into a table with the same columns and index, without row security, dedupe and rollups',
  compare: 'throughput',
  goal: 0.85,
  needs: ['database_url'],
  open: async (context) => {
    const clock = together(ownProcess, await postgresServer(context.database_url ?? ''));
    const ours = await openOurs(context, clock);
    const theirs = await openTheirs(context.database_url ?? '', clock);
    for (const side of [ours, theirs]) await side.run();
    return { ours, theirs };
  },
};

async function openOurs(context: BenchContext, clock: ProcessorClock): Promise<Side> {
  const { db, services, close } = await composeForBench(context);
  const tenant_ids = await makeTenants(db, TENANTS);
  const makeCall = callMaker();
  let sent = 0;
  const posts = () =>
    Array.from({ length: RUN_EVENTS / POST_EVENTS }, (_post, number) => {
      const tenant_id = tenant_ids[number % TENANTS] ?? '';
      const rows: BatchRow[] = Array.from({ length: POST_EVENTS }, (_row, index) => ({
        index,
        tenant_id,
        event: makeCall(),
      }));
      return { tenant_id, rows };
    });
  return {
    name: 'Tallystick, in process',
    run: async () => {
      const waiting = posts();
      const caller = async (): Promise<void> => {
        for (let post = waiting.pop(); post !== undefined; post = waiting.pop()) {
          const { accepted } = await services.usage_writer.record(post.tenant_id, post.rows);
          if (accepted !== POST_EVENTS) throw new Error(`${accepted} of ${POST_EVENTS} were accepted`);
        }
      };
      const reading = await timed(clock, async () => {
        await Promise.all(Array.from({ length: CALLERS }, caller));
        return RUN_EVENTS;
      });
      sent += RUN_EVENTS;
      const { rows } = await db.asOwner((tx) =>
        sql<{ calls: bigint; rolled: bigint }>`
          select (select count(*) from api_usage) as calls, (select sum(total_calls)::bigint from api_usage_hours) as rolled`.execute(
          tx,
        ),
      );
      if (rows[0]?.calls !== BigInt(sent) || rows[0]?.rolled !== BigInt(sent))
        throw new Error(
          `${sent} were accepted, and there are ${rows[0]?.calls}, rolled up ${rows[0]?.rolled}`,
        );
      return reading;
    },
    close,
  };
}

async function openTheirs(database_url: string, clock: ProcessorClock): Promise<Side> {
  await makePlainTable(database_url);
  const client = await CopyClient.open(database_url);
  const makeCall = callMaker();
  const tenant_ids = Array.from({ length: TENANTS }, () => crypto.randomUUID());
  return {
    name: 'COPY from Node',
    run: async () => {
      const batches = Array.from({ length: RUN_EVENTS / COPY_EVENTS }, () =>
        tenant_ids.slice(0, COPY_EVENTS / POST_EVENTS).map((tenant_id) => ({
          tenant_id,
          events: Array.from({ length: POST_EVENTS }, makeCall),
        })),
      );
      return await timed(clock, async () => {
        for (const batch of batches)
          await client.copy(batch.map(({ tenant_id, events }) => linesOf(tenant_id, events)).join(''));
        return RUN_EVENTS;
      });
    },
    close: () => client.close(),
  };
}
