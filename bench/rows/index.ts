import type { Bench } from '../row.ts';
import { apiUsageSummary } from './api-usage-summary.ts';

/** Every bench, in the order of the table in docs/benchmarks.md. */
export const benches: readonly Bench[] = [apiUsageSummary];
