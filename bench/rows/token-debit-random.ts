import type { BenchRow } from '../row.ts';
import { openAgainstPgledger } from '../token-debits/against-pgledger.ts';

/** The hot path over many tenants. */
export const tokenDebitRandom: BenchRow = {
  name: 'token-debit-random',
  work: 'durable idempotent token debits of 1,000 tenants by 1,000 callers, with lots, stored replays (10%), refusals (2%) and row security; against single transfers from 1,000 accounts',
  compare: 'throughput',
  goal: 25,
  needs: ['database_url', 'pgledger_sql'],
  open: (context) => openAgainstPgledger(context, 'random'),
};
