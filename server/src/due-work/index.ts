export { countDueItems, countDueTenants, countFailedTenants, dueItems, type Horizon } from './candidates.ts';
export type { DueHandler, NextDue, OwnHandler, TransactionHandler } from './handler.ts';
export { type DueWorkLog, logThrough, SILENT_LOG } from './log.ts';
export { requestKeyPurge, scheduleRecurring } from './request-key-purge.ts';
export { finishItem, type Outcome } from './run-item.ts';
export { DueWorkRunner, type Repeat } from './runner.ts';
export { type DueItem, type DueKind, earliestItem, schedule, scheduleNew, unschedule } from './schedule.ts';
