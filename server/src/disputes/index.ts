export { hearDisputeNews } from './keep-dispute.ts';
export { sandboxDisputes } from './sandbox-dispute.ts';
export { listDisputes } from './store.ts';
