import { join } from 'node:path';
import type { BenchRow } from '../row.ts';
import { ownProcess } from '../run/processor-time.ts';
import { composeForBench } from '../token-debits/books.ts';
import { openInThreadPglite } from '../token-debits/in-thread-pglite.ts';
import { openOurSide } from '../token-debits/our-side.ts';

const CALLERS = 1000;
const TENANTS = 1000;
const LOTS = { count: 1, tokens: 500 };

/** What the worker and real flushes cost on the embedded database. */
export const tokenDebitPglite: BenchRow = {
  name: 'token-debit-pglite',
  work: 'token debits as above on the embedded database, in its worker and flushed to disk; against the same code and batches over PGlite as it comes, in the thread of the callers and never flushed',
  compare: 'throughput',
  goal: 0.8,
  needs: [],
  open: async ({ folder }) => {
    const common = { tenants: TENANTS, callers: CALLERS, lots: LOTS, clock: ownProcess };
    const ours = await openOurSide(await composeForBench({ folder: join(folder, 'ours') }), {
      ...common,
      name: 'Tallystick, worker, flushed',
    });
    const unflushed = await composeForBench(
      { folder: join(folder, 'theirs') },
      await openInThreadPglite(folder),
    );
    const theirs = await openOurSide(unflushed, { ...common, name: 'PGlite in-thread, not flushed' });
    return { ours, theirs };
  },
};
