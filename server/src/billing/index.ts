export { beginPeriod, type CycleContext, endCycle, startCycle } from './change-cycle.ts';
export { closePeriod, lockToClose, pinEndedPeriods } from './close-period.ts';
export { type Cycle, type CycleInterval, type CycleSpan, cycleAt, cycleStart, monthIn } from './cycle.ts';
export { holdPeriods, type UsageSpan } from './hold-periods.ts';
export { type BillingPeriod, calendarMonth } from './period.ts';
export { type PaidSpan, prorate, prorateCount } from './prorate.ts';
export { lockPeriod, lockRated, type RatedPeriod, rateAgain, ratePeriod } from './rate-period.ts';
export { currentPeriod, type PresentPeriod } from './read-periods.ts';
