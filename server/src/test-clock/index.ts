export { loadOffsets } from './offsets.ts';
export { type Distance, LONGEST_ADVANCE_SECONDS } from './plan.ts';
export { type AdvanceAnswer, TestClock } from './test-clock.ts';
