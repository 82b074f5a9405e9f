import type { BenchRow } from '../row.ts';
import { openDebitsOnPostgres } from '../token-debits/on-postgres.ts';
import { openPgledger } from '../token-debits/pgledger.ts';

/** The hot path over many tenants. */
export const tokenDebitRandom: BenchRow = {
  name: 'token-debit-random',
  work: 'durable idempotent token debits of 1,000 tenants by 1,000 callers, with lots, stored replays (10%), refusals (2%) and row security; against single transfers from 1,000 accounts',
  compare: 'throughput',
  goal: 25,
  needs: ['database_url', 'pgledger_sql'],
  open: async (context) => {
    const ours = await openDebitsOnPostgres(context, 'random');
    return { ours, theirs: await openPgledger(context, 'random') };
  },
};
