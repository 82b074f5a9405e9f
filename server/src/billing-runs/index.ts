export { listRuns, requireRun } from './billing-run.ts';
export { billingRunFollower } from './follow-run.ts';
export { owedPeriodsSweep } from './owed-periods.ts';
export { type BillingRunServices, progressOf, type RunProgress } from './run-progress.ts';
export { prepareRun, startRun } from './start-run.ts';
