export type { BatchRow, RejectedRow } from './batch-rows.ts';
export { billableOf, type CallRating, callRating, callsCost, explainRating } from './call-rating.ts';
export { CallRecorder } from './call-recorder.ts';
export { correctCall } from './correct-call.ts';
export { CORRECTION_ACTIONS, listCorrections } from './correction.ts';
export { EVENTS_MAX, PLAIN_SOURCE, RESPONSE_TIME_MS_MAX, refusalOfTime } from './event.ts';
export { LATENCY_BOUNDS_MS } from './latency.ts';
export {
  markCorrectionsBilled,
  type PeriodUsage,
  periodUsage,
  successfulCallsOf,
} from './period-calls.ts';
export { recentCalls } from './recent-calls.ts';
export { recordBatch } from './record-batch.ts';
export { usageRetention } from './retention.ts';
export { NO_API_KEY } from './rollups.ts';
export { summarizeApiUsage, USAGE_GROUPINGS } from './summarize.ts';
export { summarizeTenants } from './summarize-tenants.ts';
export { UsageWriter } from './usage-writer.ts';
