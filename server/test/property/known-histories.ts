import type { Step } from './steps.ts';

// Histories that random ones reach too seldom. Each is played before the random ones.

const sale = { do: 'purchase', tenant: 0, asserted: 'none', key: 'none', provider: 'answers' } as const;
const hold = {
  do: 'hold',
  tenant: 1,
  feature_type: 'content_generation',
  request_id: 'own',
  key: 'none',
} as const;

/** A refund's answer is lost; until it is repeated a gift expires that nobody has booked. */
const refundAcrossAnExpiry: Step[] = [
  { do: 'grant', tenant: 0, tokens: 70, priority: 100, lives_seconds: 60, key: 'none' },
  { ...sale, tokens: 1000 },
  { do: 'refund', tenant: 0, which: 0, percent: 50, key: 'own', provider: 'is lost' },
  { do: 'pass time', seconds: 61, runner: false },
  { do: 'retry', which: 0, change: 'nothing' },
];

/** While a refund's answer is lost, a hold is settled whose half a cent rounds up into what is paid back. */
const refundAcrossASettlement: Step[] = [
  { ...sale, tenant: 1, tokens: 100 },
  { ...hold, tokens: 50, ttl_seconds: 900 },
  { do: 'refund', tenant: 1, which: 0, percent: null, key: 'own', provider: 'is lost' },
  { do: 'settle', tenant: 1, which: 0, how: 'at', by: 1, key: 'none' },
  { do: 'retry', which: 1, change: 'nothing' },
];

/** A hold outlives its grant and is settled below: what it frees expires, and the audit reads it in that order. */
const settlementOfAnExpiredGrant: Step[] = [
  { do: 'grant', tenant: 1, tokens: 100, priority: 50, lives_seconds: 60, key: 'none' },
  { ...hold, tokens: 40, ttl_seconds: 900 },
  { do: 'pass time', seconds: 61, runner: false },
  { do: 'settle', tenant: 1, which: 0, how: 'below', by: 30, key: 'none' },
];

/** A hold outlives its grant and its own grace; then it is settled far above, beyond the cap of what may be owed. */
const lateSettlement: Step[] = [
  { do: 'grant', tenant: 1, tokens: 100, priority: 50, lives_seconds: 600, key: 'none' },
  { ...hold, tokens: 60, ttl_seconds: 900 },
  { do: 'pass time', seconds: 601, runner: true },
  { do: 'pass time', seconds: 90_000, runner: true },
  { do: 'settle', tenant: 1, which: 0, how: 'above', by: 900, key: 'own' },
  { do: 'retry', which: 0, change: 'no Idempotency-Key' },
  { ...sale, tenant: 1, tokens: 120 },
  { ...sale, tenant: 1, tokens: 333 },
];

/** An Idempotency-Key is kept for a day, a request_id for ever. */
const keysOverTime: Step[] = [
  { ...sale, tokens: 3000 },
  {
    do: 'use',
    tenant: 0,
    tokens: 100,
    feature_type: 'ad_generation',
    request_id: 'own',
    key: 'own',
  },
  { do: 'retry', which: 0, change: 'nothing' },
  { do: 'pass time', seconds: 90_000, runner: true },
  { do: 'retry', which: 0, change: 'nothing' },
  { do: 'retry', which: 0, change: 'the body' },
];

export const KNOWN_HISTORIES: [Step[]][] = [
  [settlementOfAnExpiredGrant],
  [refundAcrossAnExpiry],
  [refundAcrossASettlement],
  [lateSettlement],
  [keysOverTime],
];
