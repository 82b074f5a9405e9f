export { closeDuePeriod } from './close-period.ts';
export { type HeldPeriods, holdPeriods } from './hold-periods.ts';
export { type BillingPeriod, calendarMonth } from './period.ts';
export { currentPeriod } from './read-periods.ts';
