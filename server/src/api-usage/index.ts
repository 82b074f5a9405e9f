export { CallRecorder } from './call-recorder.ts';
export { EVENTS_MAX, PLAIN_SOURCE, RESPONSE_TIME_MS_MAX } from './event.ts';
export { LATENCY_BOUNDS_MS } from './latency.ts';
export { recentCalls } from './recent-calls.ts';
export { type BatchRow, type RejectedRow, recordBatch } from './record-batch.ts';
export { NO_API_KEY } from './record-events.ts';
export { usageRetention } from './retention.ts';
export { summarizeApiUsage, USAGE_GROUPINGS } from './summarize.ts';
export { summarizeTenants } from './summarize-tenants.ts';
