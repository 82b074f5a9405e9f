export { closeDuePeriod } from './close-period.ts';
export { holdPeriods, type UsageSpan } from './hold-periods.ts';
export { type BillingPeriod, calendarMonth } from './period.ts';
export { currentPeriod } from './read-periods.ts';
