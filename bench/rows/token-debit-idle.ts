import { openBareInsert, startEmptyPost, startTallystick } from '../http/debit-targets.ts';
import { openHttpSide } from '../http/http-side.ts';
import type { BenchRow } from '../row.ts';
import { postgresServer } from '../run/processor-time.ts';

/** A lone debit waits for nobody. */
export const tokenDebitIdle: BenchRow = {
  name: 'token-debit-idle',
  work: 'one POST /ai-tokens/usage after another on an idle server; against an empty POST of bare Fastify and then a bare INSERT with its COMMIT, their time over ours',
  compare: 'time',
  goal: 0.65,
  needs: ['database_url'],
  open: async (context) => {
    const { database_url = '' } = context;
    const database = await postgresServer(database_url);
    const ours = await openHttpSide('Tallystick, POST /ai-tokens/usage', await startTallystick(context, 1), {
      clients: 1,
      database,
    });
    const bare = await openBareInsert(database_url);
    const theirs = await openHttpSide('Fastify, an empty POST, and a bare INSERT', await startEmptyPost(), {
      clients: 1,
      database,
      afterwards: bare.insert,
    });
    return { ours, theirs: { ...theirs, close: () => theirs.close().finally(bare.close) } };
  },
};
