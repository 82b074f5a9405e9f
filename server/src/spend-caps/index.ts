export { spendingAdmission } from './admit-spending.ts';
export { CAP_ACTIONS, type SpendCap } from './caps.ts';
export { deleteSpendCap, putSpendCap, readSpendCaps, type SpendCaps } from './spend-caps.ts';
export { SpendGuard } from './spend-guard.ts';
