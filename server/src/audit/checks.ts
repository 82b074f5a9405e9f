import { CHART, TOKEN_ASSET } from '../ledger/index.ts';
import type { GrantTally, Recomputed } from './recompute.ts';
import type { AuditedBalance, Snapshot } from './snapshot.ts';

/** One thing that must agree. `compare` says the first difference in words, or nothing. */
export interface Check {
  name: string;
  says: string;
  compare(snapshot: Snapshot, record: Recomputed): string | undefined;
}

const ownOrder =
  (name: string) =>
  (_snapshot: Snapshot, record: Recomputed): string | undefined =>
    record.differences.get(name);

/** Every check, in the order in which they are reported. */
export const CHECKS: readonly Check[] = [
  {
    name: 'book_order',
    says: 'every entry has a version of its own, and time never goes back',
    compare: ownOrder('book_order'),
  },
  {
    name: 'usage',
    says: 'every use replays from its grants, and its request is bound to it alone',
    compare: ownOrder('usage'),
  },
  {
    name: 'transactions',
    says: 'every settled transaction has the transfers that it says',
    compare: ownOrder('transactions'),
  },
  { name: 'grants', says: 'every grant has the counters that the record gives it', compare: compareGrants },
  {
    name: 'holds',
    says: 'what grants hold is what open holds and refunds under way pin',
    compare: compareHolds,
  },
  { name: 'balances', says: 'every balance is the sum of its record', compare: compareBalance },
  { name: 'revenue', says: 'deferred revenue is what open grants have not earned', compare: compareDeferred },
  {
    name: 'identity',
    says: 'received = recognised + breakage + deferred, net of refunds',
    compare: compareIdentity,
  },
  { name: 'due_work', says: 'whatever falls due is on the schedule', compare: compareSchedule },
];

function compareGrants(snapshot: Snapshot, record: Recomputed): string | undefined {
  const nothing: GrantTally = {
    tokens_used: 0n,
    tokens_refunded: 0n,
    tokens_expired: 0n,
    recognised_cents: 0n,
    breakage_cents: 0n,
    refunded_cents: 0n,
  };
  for (const grant of snapshot.grants.values()) {
    const tally = record.grants.get(grant.grant_id) ?? nothing;
    for (const counter of Object.keys(nothing) as (keyof GrantTally)[]) {
      if (grant[counter] !== tally[counter])
        return `grant ${grant.grant_id}: ${counter} is ${grant[counter]}, the record says ${tally[counter]}`;
    }
  }
  const unknown = [...record.grants.keys()].find((grant_id) => !snapshot.grants.has(grant_id));
  return unknown && `the record names grant ${unknown}, which does not exist`;
}

function compareHolds(snapshot: Snapshot): string | undefined {
  for (const grant of snapshot.grants.values()) {
    const pinned = snapshot.pinned.get(grant.grant_id) ?? 0n;
    if (grant.tokens_held !== pinned)
      return `grant ${grant.grant_id}: tokens_held is ${grant.tokens_held}, holds and refunds pin ${pinned}`;
  }
  return undefined;
}

function compareBalance(snapshot: Snapshot, record: Recomputed): string | undefined {
  const sum = (pick: (tally: GrantTally) => bigint): bigint =>
    [...record.grants.values()].reduce((total, tally) => total + pick(tally), 0n);
  const expected: Omit<AuditedBalance, 'book_version' | 'last_entry_at'> = {
    tokens_purchased: record.sold_tokens,
    tokens_granted: record.given_tokens,
    tokens_refunded: sum((tally) => tally.tokens_refunded),
    tokens_used: sum((tally) => tally.tokens_used),
    tokens_held: [...snapshot.pinned.values()].reduce((total, tokens) => total + tokens, 0n),
    tokens_expired: sum((tally) => tally.tokens_expired),
    tokens_shortfall: record.accounts.get('tokens_shortfall AI_TOKEN') ?? 0n,
  };
  for (const [field, value] of Object.entries(expected)) {
    const stored = snapshot.balance[field as keyof typeof expected];
    if (stored !== value) return `${field} is ${stored}, the record says ${value}`;
  }
  return undefined;
}

function compareDeferred(snapshot: Snapshot, record: Recomputed): string | undefined {
  const expected = new Map<string, bigint>();
  for (const grant of snapshot.grants.values()) {
    const deferred = grant.price_cents - grant.recognised_cents - grant.breakage_cents - grant.refunded_cents;
    expected.set(grant.currency, (expected.get(grant.currency) ?? 0n) + deferred);
  }
  for (const [currency, cents] of expected) {
    const booked = -(record.accounts.get(`deferred_revenue ${currency}`) ?? 0n);
    if (booked !== cents)
      return `deferred_revenue is ${booked} ${currency} cents, open grants defer ${cents}`;
  }
  return undefined;
}

/** Money stands in accounts of money and tokens in accounts of tokens, and each kind balances by itself. */
function compareIdentity(_snapshot: Snapshot, record: Recomputed): string | undefined {
  const totals = new Map<string, bigint>();
  for (const [key, balance] of record.accounts) {
    const [account = '', asset = ''] = key.split(' ');
    const belongs = (CHART as Record<string, { holds: string } | undefined>)[account]?.holds;
    if (belongs === (asset === TOKEN_ASSET ? 'tokens' : 'money'))
      totals.set(asset, (totals.get(asset) ?? 0n) + balance);
  }
  for (const [asset, total] of totals) if (total !== 0n) return `${asset}: debits exceed credits by ${total}`;
  return undefined;
}

function compareSchedule(snapshot: Snapshot): string | undefined {
  const missing = snapshot.unscheduled[0];
  return missing && `${missing.kind} ${missing.ref_id} is not in due_work`;
}
