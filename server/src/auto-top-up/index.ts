export { BalanceWatch } from './balance-watch.ts';
export { followAutoTopUps } from './follow-purchase.ts';
export { autoTopUpHandler } from './run-top-up.ts';
export {
  type AutoTopUp,
  type AutoTopUpTerms,
  deleteAutoTopUp,
  PAUSED_REASONS,
  putAutoTopUp,
  readAutoTopUp,
} from './settings.ts';
export { autoTopUpSweep } from './sweep.ts';
export { watchedWriter } from './watched-writer.ts';
