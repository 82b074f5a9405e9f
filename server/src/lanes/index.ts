export { FairQueue, type FairQueueBounds } from './fair-queue.ts';
export type { LaneObserver } from './lane-observer.ts';
export { laneOf } from './lane-of.ts';
