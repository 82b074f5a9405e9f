import type { Bench } from '../row.ts';
import { apiUsageSummary } from './api-usage-summary.ts';
import { billing } from './billing.ts';
import { entitlementCheck } from './entitlement-check.ts';
import { entitlementRoute } from './entitlement-route.ts';
import { faults } from './faults.ts';
import { httpIngest } from './http-ingest.ts';
import { inProcessIngest } from './in-process-ingest.ts';
import { localLimiter } from './local-limiter.ts';
import { meteredRoute } from './metered-route.ts';
import { redisLimiter } from './redis-limiter.ts';
import { tokenDebitCte } from './token-debit-cte.ts';
import { tokenDebitHot } from './token-debit-hot.ts';
import { tokenDebitIdle } from './token-debit-idle.ts';
import { tokenDebitPglite } from './token-debit-pglite.ts';
import { tokenDebitRandom } from './token-debit-random.ts';
import { tokenDebitRoute } from './token-debit-route.ts';

/** Every bench, in the order of the table in docs/benchmarks.md. */
export const benches: readonly Bench[] = [
  tokenDebitRandom,
  tokenDebitHot,
  tokenDebitPglite,
  tokenDebitRoute,
  tokenDebitCte,
  tokenDebitIdle,
  httpIngest,
  inProcessIngest,
  localLimiter,
  redisLimiter,
  meteredRoute,
  entitlementCheck,
  entitlementRoute,
  billing,
  faults,
  apiUsageSummary,
];
