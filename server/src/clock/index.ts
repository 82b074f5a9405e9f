export { type Clock, systemClock } from './clock.ts';
export { OffsetClock } from './offset-clock.ts';
