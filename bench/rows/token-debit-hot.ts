import type { BenchRow } from '../row.ts';
import { openDebitsOnPostgres } from '../token-debits/on-postgres.ts';
import { openPgledger } from '../token-debits/pgledger.ts';

/** The hot path on one tenant, whose balance row everybody wants. */
export const tokenDebitHot: BenchRow = {
  name: 'token-debit-hot',
  work: 'the same on one hot tenant; against single transfers from one hot account',
  compare: 'throughput',
  goal: 65,
  needs: ['database_url', 'pgledger_sql'],
  open: async (context) => {
    const ours = await openDebitsOnPostgres(context, 'hot');
    return { ours, theirs: await openPgledger(context, 'hot') };
  },
};
