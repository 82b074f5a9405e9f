import type { BenchRow } from '../row.ts';
import { openDebitsOnPostgres } from '../token-debits/on-postgres.ts';
import { openSingleStatement } from '../token-debits/single-statement.ts';

/** What gathering debits is worth, beside the best that one can do for each alone. */
export const tokenDebitCte: BenchRow = {
  name: 'token-debit-cte',
  work: 'token debits of 1,000 tenants as above; against a debit that is one statement and one transaction, with a key, a usage row and a balance written, in tables without row security',
  compare: 'throughput',
  goal: 5,
  needs: ['database_url'],
  open: async (context) => {
    const ours = await openDebitsOnPostgres(context, 'random');
    return { ours, theirs: await openSingleStatement(context) };
  },
};
