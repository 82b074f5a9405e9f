export { FairQueue, type FairQueueBounds } from './fair-queue.ts';
