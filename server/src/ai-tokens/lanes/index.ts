export { LaneWriter } from './lane-writer.ts';
