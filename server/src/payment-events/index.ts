export { paymentEventRetention } from './blank-payloads.ts';
export { eventDueHandler } from './process-event.ts';
export { receiveEvent } from './receive-event.ts';
