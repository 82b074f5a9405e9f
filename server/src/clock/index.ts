export { type Clock, monotonicMs, systemClock } from './clock.ts';
export { OffsetClock } from './offset-clock.ts';
export { isTimeZone } from './time-zone.ts';
