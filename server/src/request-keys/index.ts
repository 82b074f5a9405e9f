export {
  type ClaimResult,
  claimKey,
  completeKey,
  type KeyClaim,
  type KeyName,
  ownsClaim,
  releaseKey,
  takeOverKey,
} from './claim-key.ts';
export { httpKeyLifetimeMs, isRequestKey, requestKeyPattern } from './key-rules.ts';
export { type OnceOnlyResult, onceByRow, onceOnly, type RowAnswer, replayOf } from './once-only.ts';
export { purgeExpiredKeys } from './purge-expired-keys.ts';
