export { deliverThrough } from './deliver-through.ts';
export { UndeliveredError } from './delivery-loop.ts';
export type { DeliveryFailure, RecorderOptions, RecorderTrouble } from './recorder-options.ts';
export type { Delivered, UsageEvent } from './usage-event.ts';
export { type RecorderFigures, UsageRecorder } from './usage-recorder.ts';
