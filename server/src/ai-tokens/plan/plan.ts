import { type Book, grantOf, type Pin, remainingOf, stampEntry } from './book.ts';
import { type Burn, burnGrant, pickFree, sumTokens } from './burn.ts';
import { expireGrants } from './expire.ts';
import { freePins, pinTokens } from './pins.ts';

/** What the hot path can ask of a book. `tokens` is 1 to 2^31-1. A settlement's `pins` are empty once policy freed them. */
export type Command =
  | { kind: 'use'; tokens: bigint }
  | { kind: 'hold'; tokens: bigint }
  | { kind: 'settle'; tokens: bigint; pins: readonly Pin[] }
  | { kind: 'release'; pins: readonly Pin[] };

/** Tokens used: the row of `ai_token_usage` but for its names. `tokens_used` includes the shortfall, not what was refused. */
export interface UsePlan {
  outcome: 'used';
  book_version: bigint;
  occurred_at: Date;
  tokens_used: bigint;
  shortfall_tokens: bigint;
  shortfall_refused_tokens: bigint;
  balance_before: bigint;
  balance_after: bigint;
  recognised_cents: bigint;
  burns: Burn[];
}

export type Plan =
  | UsePlan
  | { outcome: 'held'; pins: Pin[]; held_at: Date; balance_after: bigint }
  | { outcome: 'released'; tokens_released: bigint; released_at: Date; balance_after: bigint }
  | { outcome: 'insufficient'; tokens_required: bigint; tokens_remaining: bigint };

type PlanOf<C extends Command> = C extends { kind: 'use' }
  ? Extract<Plan, { outcome: 'used' | 'insufficient' }>
  : C extends { kind: 'hold' }
    ? Extract<Plan, { outcome: 'held' | 'insufficient' }>
    : C extends { kind: 'settle' }
      ? UsePlan
      : Extract<Plan, { outcome: 'released' }>;

/**
 * Decides one command against a book, whose expired tokens go first, and applies it to the book in memory. Pure but for
 * the book: no clock, no ids, no SQL. Where tokens are insufficient nothing else changes. The plain executor and the
 * batch writers share this function, so they cannot disagree.
 */
export function plan<C extends Command>(book: Book, command: C, now: Date): PlanOf<C>;
export function plan(book: Book, command: Command, now: Date): Plan {
  expireGrants(book, now);
  switch (command.kind) {
    case 'use':
      return planUse(book, command.tokens, now);
    case 'hold':
      return planHold(book, command.tokens, now);
    case 'settle':
      return planSettle(book, command.tokens, command.pins, now);
    case 'release':
      return planRelease(book, command.pins, now);
  }
}

function planUse(book: Book, tokens: bigint, now: Date): Plan {
  const balance_before = remainingOf(book.balance);
  if (tokens > balance_before)
    return { outcome: 'insufficient', tokens_required: tokens, tokens_remaining: balance_before };
  const burns = pickFree(book, tokens).map((pin) => burnGrant(book, grantOf(book, pin.grant_id), pin.tokens));
  return usePlan(book, balance_before, burns, 0n, 0n, now);
}

function planHold(book: Book, tokens: bigint, now: Date): Plan {
  const tokens_remaining = remainingOf(book.balance);
  if (tokens > tokens_remaining)
    return { outcome: 'insufficient', tokens_required: tokens, tokens_remaining };
  const pins = pickFree(book, tokens);
  pinTokens(book, pins);
  const { at: held_at, balance_after } = stampEntry(book, now);
  return { outcome: 'held', pins, held_at, balance_after };
}

/**
 * Frees the pins that are not needed, burns the others, then burns free tokens; what is still missing becomes a shortfall
 * up to the tenant's cap. What was freed expires where its time is over before anything burns, because that entry's
 * version is before the use's: a receipt follows from the entries before it.
 */
function planSettle(book: Book, tokens: bigint, pins: readonly Pin[], now: Date): Plan {
  const balance_before = remainingOf(book.balance);
  let missing = tokens;
  const needed: Pin[] = [];
  const spare: Pin[] = [];
  for (const { grant_id, tokens: pinned } of pins) {
    const part = pinned < missing ? pinned : missing;
    missing -= part;
    if (part > 0n) needed.push({ grant_id, tokens: part });
    if (part < pinned) spare.push({ grant_id, tokens: pinned - part });
  }
  freePins(book, spare);
  expireGrants(book, now);
  freePins(book, needed);
  const burn = (pin: Pin): Burn => burnGrant(book, grantOf(book, pin.grant_id), pin.tokens);
  const burns = needed.map(burn);
  for (const pin of pickFree(book, missing)) {
    burns.push(burn(pin));
    missing -= pin.tokens;
  }
  const owed = book.balance.tokens_shortfall;
  const open = book.shortfall_cap_tokens > owed ? book.shortfall_cap_tokens - owed : 0n;
  const shortfall = missing < open ? missing : open;
  book.balance.tokens_shortfall += shortfall;
  return usePlan(book, balance_before, burns, shortfall, missing - shortfall, now);
}

function planRelease(book: Book, pins: readonly Pin[], now: Date): Plan {
  freePins(book, pins);
  expireGrants(book, now);
  const { at: released_at, balance_after } = stampEntry(book, now);
  return { outcome: 'released', tokens_released: sumTokens(pins), released_at, balance_after };
}

function usePlan(
  book: Book,
  balance_before: bigint,
  burns: Burn[],
  shortfall: bigint,
  refused: bigint,
  now: Date,
): UsePlan {
  const { book_version, at, balance_after } = stampEntry(book, now);
  book.balance.last_usage_at = at;
  return {
    outcome: 'used',
    book_version,
    occurred_at: at,
    tokens_used: sumTokens(burns) + shortfall,
    shortfall_tokens: shortfall,
    shortfall_refused_tokens: refused,
    balance_before,
    balance_after,
    recognised_cents: burns.reduce((sum, burn) => sum + burn.recognised_cents, 0n),
    burns,
  };
}
