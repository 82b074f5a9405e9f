// The contract's book in the plainest words: lists of grants, holds and keys, whole numbers, no SQL. It shares no code
// with server/src, so that the two can only agree by both being right.

export interface ModelGrant {
  source: 'sold' | 'given';
  /** Whether a provider was charged for it, so that it also has to pay it back. */
  charged: boolean;
  /** Ours, once an answer has told it. */
  transaction_id: string | undefined;
  priority: number;
  expires_at: number | null;
  tokens: number;
  used: number;
  held: number;
  refunded: number;
  expired: number;
  price: number;
  recognised: number;
  breakage: number;
  paid_back: number;
}

export interface ModelPin {
  /** The grant's place in `grants`. */
  grant: number;
  tokens: number;
}

export interface ModelHold {
  hold_id: string | undefined;
  request_id: string;
  feature_type: string;
  tokens: number;
  pins: ModelPin[];
  status: 'held' | 'expired' | 'settled' | 'released';
  released_by: 'owner' | 'policy' | undefined;
  expires_at: number;
  settled_with: number;
  /** What ended it was answered with this. */
  end: Answer;
}

/** A payment that is asked for, or what became of it. */
export interface ModelPayment {
  type: 'token_purchase' | 'refund';
  status: 'pending' | 'settled' | 'failed';
  /** Whether the provider refuses, whenever it is asked. */
  declined: boolean;
  /** The key in `keys` that is bound to it. */
  key: string | undefined;
  due_at: number;
  tokens: number;
  cents: number;
  /** Of a refund: the grant's place in `grants`. */
  grant: number;
  reason: string;
}

/** Fields that an answer must have; a replay has exactly those of the first answer. */
export type Answer = Record<string, unknown>;

export interface ModelKey {
  /** The request it belongs to, as text. */
  request: string;
  /** Null: for ever. */
  expires_at: number | null;
  /** The payment's place in `payments`, while nothing is answered. */
  payment: number | undefined;
  status: number;
  answer: Answer;
}

export interface ModelEntry {
  type: 'token_purchase' | 'token_grant' | 'token_expiry' | 'refund';
  cents: number;
  tokens: number;
}

export interface ModelUse {
  tokens: number;
  feature_type: string;
  request_id: string | null;
}

export interface ModelBook {
  cap: number;
  shortfall: number;
  refused: number;
  grants: ModelGrant[];
  holds: ModelHold[];
  payments: ModelPayment[];
  keys: Map<string, ModelKey>;
  entries: ModelEntry[];
  uses: ModelUse[];
  last_purchase_at: number | null;
  last_usage_at: number | null;
}

export function emptyBook(cap: number): ModelBook {
  return {
    cap,
    shortfall: 0,
    refused: 0,
    grants: [],
    holds: [],
    payments: [],
    keys: new Map(),
    entries: [],
    uses: [],
    last_purchase_at: null,
    last_usage_at: null,
  };
}

/** n / d to the nearest whole number, a half to the even one. */
export function halfEven(n: number, d: number): number {
  const floor = Math.floor(n / d);
  const twice = 2 * (n - floor * d);
  return twice > d || (twice === d && floor % 2 === 1) ? floor + 1 : floor;
}

export function sum<T>(items: readonly T[], pick: (item: T) => number): number {
  return items.reduce((total, item) => total + pick(item), 0);
}

export const leftOf = (grant: ModelGrant) => grant.tokens - grant.used - grant.refunded - grant.expired;
export const freeOf = (grant: ModelGrant) => leftOf(grant) - grant.held;
export const deferredOf = (grant: ModelGrant) =>
  grant.price - grant.recognised - grant.breakage - grant.paid_back;
export const remaining = (book: ModelBook) => sum(book.grants, freeOf);

/** The places of grants in burn order: priority, then earliest expiry, then oldest. */
export function burnOrder(book: ModelBook): number[] {
  const never = Number.MAX_SAFE_INTEGER;
  const rank = (place: number) => book.grants[place] as ModelGrant;
  return [...book.grants.keys()].sort(
    (a, b) =>
      rank(a).priority - rank(b).priority ||
      (rank(a).expires_at ?? never) - (rank(b).expires_at ?? never) ||
      a - b,
  );
}

export function grantAt(book: ModelBook, place: number): ModelGrant {
  const grant = book.grants[place];
  if (grant === undefined) throw new Error(`the model has no grant ${place}`);
  return grant;
}

/** What leaves deferred revenue after tokens went; never below zero. */
function released(grant: ModelGrant): number {
  return Math.max(0, deferredOf(grant) - halfEven(grant.price * leftOf(grant), grant.tokens));
}

/** Free tokens of grants whose time has come are gone, and what was paid for them is breakage. */
export function expire(book: ModelBook, now: number): void {
  for (const place of burnOrder(book)) {
    const grant = grantAt(book, place);
    const tokens = freeOf(grant);
    if (grant.expires_at === null || grant.expires_at > now || tokens === 0) continue;
    grant.expired += tokens;
    const cents = released(grant);
    grant.breakage += cents;
    book.entries.push({ type: 'token_expiry', cents, tokens });
  }
}

/** Free tokens in burn order, at most that many. */
export function pick(book: ModelBook, tokens: number): ModelPin[] {
  let wanted = tokens;
  const pins: ModelPin[] = [];
  for (const place of burnOrder(book)) {
    const taken = Math.min(wanted, freeOf(grantAt(book, place)));
    if (taken > 0) pins.push({ grant: place, tokens: taken });
    wanted -= taken;
  }
  return pins;
}

export function burn(book: ModelBook, pins: readonly ModelPin[]): void {
  for (const { grant: place, tokens } of pins) {
    const grant = grantAt(book, place);
    grant.used += tokens;
    grant.recognised += released(grant);
  }
}

export function hold(book: ModelBook, pins: readonly ModelPin[], sign: 1 | -1): void {
  for (const { grant, tokens } of pins) grantAt(book, grant).held += sign * tokens;
}

/** A new grant; a sold one repays what is owed first. Answers its place. */
export function addGrant(
  book: ModelBook,
  now: number,
  terms: Pick<ModelGrant, 'source' | 'charged' | 'priority' | 'expires_at' | 'tokens' | 'price'>,
): number {
  expire(book, now);
  const zero = { used: 0, held: 0, refunded: 0, expired: 0, recognised: 0, breakage: 0, paid_back: 0 };
  const place = book.grants.push({ ...terms, ...zero, transaction_id: undefined }) - 1;
  const sold = terms.source === 'sold';
  book.entries.push({
    type: sold ? 'token_purchase' : 'token_grant',
    cents: terms.price,
    tokens: terms.tokens,
  });
  if (!sold) return place;
  book.last_purchase_at = now;
  const repaid = Math.min(book.shortfall, terms.tokens);
  book.shortfall -= repaid;
  if (repaid > 0) burn(book, [{ grant: place, tokens: repaid }]);
  return place;
}

/** Gives a grant's price back; its tokens were pinned when the refund began. */
export function payBack(
  book: ModelBook,
  now: number,
  payment: Pick<ModelPayment, 'grant' | 'tokens' | 'cents'>,
): void {
  expire(book, now);
  const grant = grantAt(book, payment.grant);
  // What was recognised meanwhile of the money that goes back is no revenue after all.
  grant.recognised -= Math.max(0, payment.cents - deferredOf(grant));
  grant.held -= payment.tokens;
  grant.refunded += payment.tokens;
  grant.paid_back += payment.cents;
  grant.breakage += released(grant);
  book.entries.push({ type: 'refund', cents: payment.cents, tokens: payment.tokens });
}

/** GET /ai-tokens/balance: also what nobody has booked yet counts as expired. */
export function balanceView(given: ModelBook, now: number): Answer {
  const book = structuredClone(given);
  expire(book, now);
  const of = (source: ModelGrant['source']) =>
    sum(
      book.grants.filter((grant) => grant.source === source),
      (grant) => grant.tokens,
    );
  const open = burnOrder(book)
    .map((place) => grantAt(book, place))
    .filter((grant) => leftOf(grant) > 0);
  return {
    tokens_purchased: of('sold'),
    tokens_granted: of('given'),
    tokens_refunded: sum(book.grants, (grant) => grant.refunded),
    tokens_used: sum(book.grants, (grant) => grant.used),
    tokens_held: sum(book.grants, (grant) => grant.held),
    tokens_expired: sum(book.grants, (grant) => grant.expired),
    tokens_remaining: remaining(book),
    tokens_shortfall: book.shortfall,
    last_purchase_at: timeText(book.last_purchase_at),
    last_usage_at: timeText(book.last_usage_at),
    grants: open.map(grantView),
  };
}

export function grantView(grant: ModelGrant): Answer {
  return {
    source: grant.source,
    priority: grant.priority,
    expires_at: timeText(grant.expires_at),
    tokens: grant.tokens,
    tokens_used: grant.used,
    tokens_held: grant.held,
    tokens_refunded: grant.refunded,
    tokens_expired: grant.expired,
    tokens_remaining: freeOf(grant),
    price_cents: grant.price,
  };
}

export function timeText(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
