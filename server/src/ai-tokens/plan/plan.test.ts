import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Book, freeOf, type Grant, leftOf, type Pin, remainingOf } from './book.ts';
import { deferredFor, deferredOf, refundableOf } from './deferred.ts';
import { expireGrants } from './expire.ts';
import { addGrant, refundGrant, tokensForRefund } from './grants.ts';
import { pinTokens } from './pins.ts';
import { plan } from './plan.ts';

const start = new Date('2026-01-01T00:00:00Z');
const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

function emptyBook(shortfall_cap_tokens = 50n): Book {
  const zero = {
    tokens_purchased: 0n,
    tokens_granted: 0n,
    tokens_refunded: 0n,
    tokens_used: 0n,
    tokens_held: 0n,
  };
  return {
    tenant_id: 'tenant',
    currency: 'USD',
    shortfall_cap_tokens,
    balance: {
      ...zero,
      tokens_expired: 0n,
      tokens_shortfall: 0n,
      book_version: 0n,
      last_purchase_at: null,
      last_usage_at: null,
      last_entry_at: start,
    },
    grants: [],
    changed: new Set(),
    head: undefined,
    expiries: [],
  };
}

let made = 0;
function lot(terms: Partial<Grant> & { tokens: bigint }): Grant {
  made += 1;
  return {
    grant_id: `grant-${String(made).padStart(6, '0')}`,
    transaction_id: `transaction-${made}`,
    book_version: 0n,
    source: 'sold',
    priority: 100,
    expires_at: null,
    tokens_used: 0n,
    tokens_held: 0n,
    tokens_refunded: 0n,
    tokens_expired: 0n,
    currency: 'USD',
    price_cents: 0n,
    price_version: null,
    recognised_cents: 0n,
    breakage_cents: 0n,
    refunded_cents: 0n,
    reason: null,
    created_at: start,
    ...terms,
  };
}

/** What must be true of a book after anything. */
function expectSound(book: Book, all: Grant[]): void {
  const sum = (pick: (grant: Grant) => bigint): bigint =>
    all.reduce((total, grant) => total + pick(grant), 0n);
  expect(remainingOf(book.balance)).toBe(sum(freeOf));
  expect(remainingOf(book.balance)).toBeGreaterThanOrEqual(0n);
  expect(book.balance.tokens_used).toBe(sum((grant) => grant.tokens_used));
  expect(book.balance.tokens_held).toBe(sum((grant) => grant.tokens_held));
  expect(book.balance.tokens_expired).toBe(sum((grant) => grant.tokens_expired));
  expect(book.balance.tokens_refunded).toBe(sum((grant) => grant.tokens_refunded));
  for (const grant of all) {
    expect(freeOf(grant)).toBeGreaterThanOrEqual(0n);
    expect(deferredOf(grant)).toBeGreaterThanOrEqual(0n);
    if (leftOf(grant) === 0n) expect(deferredOf(grant)).toBe(0n);
    if (grant.refunded_cents === 0n) expect(deferredOf(grant)).toBe(deferredFor(grant, leftOf(grant)));
  }
}

describe('how grants burn', () => {
  test('by priority, then earliest expiry, then oldest', () => {
    const book = emptyBook();
    const last = lot({ tokens: 10n, priority: 200 });
    const never = lot({ tokens: 10n });
    const soon = lot({ tokens: 10n, expires_at: at(100) });
    const first = lot({ tokens: 10n, priority: 1, expires_at: at(900) });
    for (const grant of [last, never, soon, first]) addGrant(book, grant, start);
    const planned = plan(book, { kind: 'use', tokens: 35n }, at(1));
    expect(planned.outcome).toBe('used');
    if (planned.outcome !== 'used') return;
    expect(planned.burns.map((burn) => [burn.grant_id, burn.tokens])).toEqual([
      [first.grant_id, 10n],
      [soon.grant_id, 10n],
      [never.grant_id, 10n],
      [last.grant_id, 5n],
    ]);
    expect(planned.balance_after).toBe(5n);
  });

  test('expired tokens go before anything is decided, and their price is breakage', () => {
    const book = emptyBook();
    const grant = lot({ tokens: 1000n, price_cents: 10n, expires_at: at(10) });
    addGrant(book, grant, start);
    expect(plan(book, { kind: 'use', tokens: 400n }, at(9)).outcome).toBe('used');
    expect(plan(book, { kind: 'use', tokens: 1n }, at(10))).toEqual({
      outcome: 'insufficient',
      tokens_required: 1n,
      tokens_remaining: 0n,
    });
    expect([grant.recognised_cents, grant.breakage_cents]).toEqual([4n, 6n]);
  });

  test('a clock that steps back does not take time back in a book', () => {
    const book = emptyBook();
    addGrant(book, lot({ tokens: 10n }), at(100));
    const planned = plan(book, { kind: 'use', tokens: 1n }, at(50));
    expect(planned.outcome === 'used' && planned.occurred_at).toEqual(at(100));
  });
});

describe('holds', () => {
  test('pinned tokens outlive their grant and expire at once when freed', () => {
    const book = emptyBook();
    const grant = lot({ tokens: 100n, price_cents: 10n, expires_at: at(10) });
    addGrant(book, grant, start);
    const held = plan(book, { kind: 'hold', tokens: 60n }, at(1));
    if (held.outcome !== 'held') throw new Error('the hold was refused');
    expireGrants(book, at(20));
    expect([grant.tokens_expired, remainingOf(book.balance)]).toEqual([40n, 0n]);
    const settled = plan(book, { kind: 'settle', tokens: 20n, pins: held.pins }, at(21));
    expect([settled.tokens_used, settled.shortfall_tokens, settled.balance_after]).toEqual([20n, 0n, 0n]);
    expect([grant.tokens_used, grant.tokens_expired, grant.tokens_held]).toEqual([20n, 80n, 0n]);
    expect([grant.recognised_cents, grant.breakage_cents]).toEqual([2n, 8n]);
  });

  test('a settlement above the hold draws on the free balance, then owes up to the cap, and says what was refused', () => {
    const book = emptyBook(50n);
    addGrant(book, lot({ tokens: 100n }), start);
    const held = plan(book, { kind: 'hold', tokens: 40n }, at(1));
    if (held.outcome !== 'held') throw new Error('the hold was refused');
    const settled = plan(book, { kind: 'settle', tokens: 170n, pins: held.pins }, at(2));
    expect(settled).toMatchObject({
      tokens_used: 150n,
      shortfall_tokens: 50n,
      shortfall_refused_tokens: 20n,
      balance_after: 0n,
    });
    const given = addGrant(book, lot({ tokens: 10n, source: 'given' }), at(3));
    expect([given.repaid, book.balance.tokens_shortfall]).toEqual([undefined, 50n]);
    const bought = addGrant(book, lot({ tokens: 1000n, price_cents: 100n }), at(4));
    expect([bought.repaid?.tokens, bought.repaid?.recognised_cents]).toEqual([50n, 5n]);
    expect([book.balance.tokens_shortfall, book.balance.tokens_used, bought.balance_after]).toEqual([
      0n,
      150n,
      960n,
    ]);
  });
});

describe('refunds', () => {
  test('tokens are taken back in proportion, rounded up, never more than is free', () => {
    const book = emptyBook();
    const grant = lot({ tokens: 1000n, price_cents: 10n });
    addGrant(book, grant, start);
    plan(book, { kind: 'use', tokens: 40n }, at(1));
    expect([refundableOf(grant), tokensForRefund(grant, 3n), tokensForRefund(grant, 10n)]).toEqual([
      10n,
      300n,
      960n,
    ]);
  });
});

type Step =
  | { do: 'buy'; tokens: number; price: number; ttl: number | null }
  | { do: 'give'; tokens: number; ttl: number | null }
  | { do: 'use' | 'hold'; tokens: number }
  | { do: 'settle'; pick: number; tokens: number }
  | { do: 'release'; pick: number }
  | { do: 'refund'; pick: number; share: number };

const ttl = fc.option(fc.integer({ min: 1, max: 60 }));
const tokens = fc.integer({ min: 1, max: 400 });
const pick = fc.nat(10);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('buy' as const), tokens, price: fc.integer({ min: 1, max: 90 }), ttl }),
  fc.record({ do: fc.constant('give' as const), tokens, ttl }),
  fc.record({ do: fc.constantFrom('use' as const, 'hold' as const), tokens }),
  fc.record({ do: fc.constant('settle' as const), pick, tokens }),
  fc.record({ do: fc.constant('release' as const), pick }),
  fc.record({ do: fc.constant('refund' as const), pick, share: fc.integer({ min: 1, max: 100 }) }),
);

/** A book with everything that happened to it, so that it can be checked from the outside. */
class History {
  book = emptyBook();
  all: Grant[] = [];
  holds: Pin[][] = [];

  apply(action: Step, now: Date): void {
    switch (action.do) {
      case 'buy':
      case 'give':
        this.add(action, now);
        break;
      case 'use':
        this.use(BigInt(action.tokens), now);
        break;
      case 'hold': {
        const planned = plan(this.book, { kind: 'hold', tokens: BigInt(action.tokens) }, now);
        if (planned.outcome === 'held') this.holds.push(planned.pins);
        break;
      }
      case 'refund':
        this.refund(action, now);
        break;
      case 'settle':
      case 'release':
        this.end(action, now);
    }
  }

  add(action: Extract<Step, { do: 'buy' | 'give' }>, now: Date): void {
    const expires_at = action.ttl === null ? null : new Date(now.getTime() + action.ttl * 1000);
    const terms =
      action.do === 'buy'
        ? ({ source: 'sold', price_cents: BigInt(action.price) } as const)
        : ({ source: 'given' } as const);
    const grant = lot({ tokens: BigInt(action.tokens), expires_at, ...terms });
    this.all.push(grant);
    addGrant(this.book, grant, now);
  }

  use(wanted: bigint, now: Date): void {
    const planned = plan(this.book, { kind: 'use', tokens: wanted }, now);
    if (planned.outcome === 'used') expect(planned.balance_after).toBe(planned.balance_before - wanted);
    else expect(remainingOf(this.book.balance)).toBeLessThan(wanted);
  }

  refund(action: { pick: number; share: number }, now: Date): void {
    const sold = this.all.filter((grant) => grant.source === 'sold');
    const grant = sold[action.pick % Math.max(sold.length, 1)];
    expireGrants(this.book, now);
    const amount = grant ? (refundableOf(grant) * BigInt(action.share)) / 100n : 0n;
    if (!grant || amount === 0n) return;
    const pin = { grant_id: grant.grant_id, tokens: tokensForRefund(grant, amount) };
    pinTokens(this.book, [pin]);
    refundGrant(this.book, grant, pin, amount, now);
  }

  end(action: Extract<Step, { do: 'settle' | 'release' }>, now: Date): void {
    const [pins] = this.holds.splice(action.pick % Math.max(this.holds.length, 1), 1);
    if (!pins) return;
    if (action.do === 'release') {
      plan(this.book, { kind: 'release', pins }, now);
      return;
    }
    const planned = plan(this.book, { kind: 'settle', tokens: BigInt(action.tokens), pins }, now);
    expect(planned.tokens_used + planned.shortfall_refused_tokens).toBe(BigInt(action.tokens));
    expect(this.book.balance.tokens_shortfall).toBeLessThanOrEqual(50n);
  }
}

test('any history leaves the book sound: no token is lost or made, no cent unaccounted for', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.integer({ min: 0, max: 20 })), { maxLength: 60 }), (steps) => {
      const history = new History();
      let seconds = 0;
      for (const [action, pause] of steps) {
        seconds += pause;
        history.apply(action, at(seconds));
        expectSound(history.book, history.all);
      }
    }),
    { numRuns: 300 },
  );
});
