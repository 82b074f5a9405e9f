import type { Bench } from '../row.ts';
import { apiUsageSummary } from './api-usage-summary.ts';
import { tokenDebitHot } from './token-debit-hot.ts';
import { tokenDebitRandom } from './token-debit-random.ts';

/** Every bench, in the order of the table in docs/benchmarks.md. */
export const benches: readonly Bench[] = [tokenDebitRandom, tokenDebitHot, apiUsageSummary];
