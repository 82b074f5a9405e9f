import { TallystickError } from '../../errors/index.ts';
import type { KeyClaim } from '../../request-keys/index.ts';
import { holdAnswer, releaseAnswer, settleAnswer, type TokenAnswers, useAnswer } from '../answers.ts';
import type { BookContext } from '../context.ts';
import { type HoldRow, pinsOf } from '../hold-row.ts';
import { holdTimes } from '../hold-tokens.ts';
import { type Book, freeOf, type Grant, type Pin, remainingOf } from '../plan/book.ts';
import { sumTokens } from '../plan/burn.ts';
import { plan } from '../plan/plan.ts';
import type { TokenWrite, WriteKind } from '../token-write.ts';
import { insufficient } from '../use-tokens.ts';
import type { KnownBook } from './book-cache.ts';
import type { Draft } from './draft.ts';
import { type KnownKey, type KnownKeys, nameOfKey } from './known-keys.ts';

/** What becomes of one write in a batch. */
export type Outcome =
  /** It is in the draft: this is its answer, once its tenant's part is written. */
  | { kind: 'drafted'; status: 200 | 201; body: TokenAnswers[WriteKind] }
  /** The book as it was known has too little: this is the answer once the database has proved that it is so. */
  | { kind: 'refused'; error: TallystickError }
  /** It was answered before, and that answer is the row's. */
  | { kind: 'recalled'; status: number; ref_id: string }
  /** Its key is another request's. */
  | { kind: 'failed'; error: TallystickError }
  /** It depends on another write of this batch, so the next batch decides it. */
  | { kind: 'later' }
  /** The book is older than the hold that it ends, so the next batch decides it on one that is read. */
  | { kind: 'stale' }
  /** It needs more than a lane may do, and gets a transaction of its own. */
  | { kind: 'plain' };

/** What the writes of a batch are decided on: what is stored, and what the batch has drafted itself so far. */
export interface Known {
  /** What the lane remembers, and what it is about to write: this batch and the one before. */
  kept_keys: KnownKeys;
  /** What was read for this batch, by nameOfKey(). */
  read_keys: ReadonlyMap<string, KnownKey>;
  /** By nameOfHold(). */
  holds: ReadonlyMap<string, HoldRow>;
  draft: Draft;
  /** Names of holds that the draft writes. */
  drafted: Set<string>;
  /** And those that the batch before writes at this time. */
  in_flight: ReadonlySet<string>;
}

export function nameOfHold(tenant_id: string, hold_id: string): string {
  return `${tenant_id}\n${hold_id}`;
}

/** The namespace of the keys of uses, whose rows carry them. */
const USES = 'usage';

const LATER: Aside = { kind: 'later' };
const STALE: Aside = { kind: 'stale' };
const PLAIN: Aside = { kind: 'plain' };

/**
 * Decides one write, in the order of arrival within its tenant, and drafts what is to be written. Everything that is not
 * a plain use, hold, settlement or release of what is there is left to the plain writer: expiries, shortfalls, holds that
 * ended otherwise, keys under way.
 */
export function decide(
  context: BookContext,
  write: TokenWrite,
  claims: readonly KeyClaim[],
  book: KnownBook | undefined,
  known: Known,
): Outcome {
  const answered = decideByKeys(claims, known);
  if (answered !== undefined) return answered;
  if (book === undefined) return withoutBook(write);
  if (book.too_large || hasExpired(book.book, context.now)) return PLAIN;
  const planned_version = book.book.balance.book_version;
  const decided = decideOnBook(context, write, claims, book, known);
  if (decided.kind !== 'drafted') return decided;
  known.draft.change(book.book, planned_version);
  const { status, ref_id } = decided;
  for (const claim of claims) {
    keepPending(claim, decided, known);
    if (claim.namespace !== USES) known.draft.keys.push({ claim, status, ref_id });
  }
  return decided;
}

/** Notes that the draft writes a key, so that its twins wait. */
function keepPending(
  claim: KeyClaim,
  { status, ref_id }: Extract<Decided, { kind: 'drafted' }>,
  { draft, kept_keys }: Known,
): void {
  const { tenant_id, body_hash, expires_at = null } = claim;
  const stored = { body_hash, status_code: status, ref_id, expires_at };
  const key = { ...stored, name: nameOfKey(claim), tenant_id, pending: true };
  kept_keys.keep(key);
  draft.lane_keys.push(key);
}

/** An answer by a key, or undefined where none of the keys is known. */
function decideByKeys(claims: readonly KeyClaim[], known: Known): Outcome | undefined {
  for (const claim of claims) {
    const name = nameOfKey(claim);
    const kept = known.kept_keys.get(name);
    if (kept?.pending) return LATER;
    const stored = kept ?? known.read_keys.get(name);
    if (stored === undefined) continue;
    if (stored.status_code === null || stored.ref_id === null || isOver(stored, claim.now)) return PLAIN;
    if (Buffer.compare(stored.body_hash, claim.body_hash) !== 0) {
      const detail = `"${claim.key}" belongs to a request with other contents.`;
      return { kind: 'failed', error: new TallystickError(claim.reused_code, detail) };
    }
    // A request_id that is known under an Idempotency-Key that is not: that key is still to be stored.
    if (claim !== claims[0]) return PLAIN;
    const status = claim.expires_at === undefined ? 200 : stored.status_code;
    return { kind: 'recalled', status, ref_id: stored.ref_id };
  }
  return undefined;
}

function isOver({ expires_at }: KnownKey, now: Date): boolean {
  return expires_at !== null && expires_at <= now;
}

/** A tenant that has no book has no tokens and no holds. */
function withoutBook(write: TokenWrite): Outcome {
  if (write.kind === 'settle' || write.kind === 'release') return PLAIN;
  const tokens = write.kind === 'use' ? write.use.tokens_used : write.hold.tokens;
  return { kind: 'refused', error: insufficient({ tokens_required: BigInt(tokens), tokens_remaining: 0n }) };
}

/** Whether tokens of the book are to be expired before anything else is decided, which writes to the ledger. */
function hasExpired(book: Book, now: Date): boolean {
  return book.grants.some((grant) => isPast(grant.expires_at, now) && freeOf(grant) > 0n);
}

function isPast(expires_at: Date | null, now: Date): boolean {
  return expires_at !== null && expires_at <= now;
}

/** A drafted outcome with what its keys refer to. */
type Decided =
  | (Extract<Outcome, { kind: 'drafted' }> & { ref_id: string })
  | Extract<Outcome, { kind: 'refused' }>
  | Aside;

/** A write that this batch does not decide. */
type Aside = Extract<Outcome, { kind: 'later' | 'stale' | 'plain' }>;

function decideOnBook(
  context: BookContext,
  write: TokenWrite,
  claims: readonly KeyClaim[],
  known_book: KnownBook,
  known: Known,
): Decided {
  const { book } = known_book;
  switch (write.kind) {
    case 'use':
      return decideUse(context, write.use, claims, book, known.draft);
    case 'hold':
      return decideHold(context, write.hold, book, known);
    case 'settle':
      return decideSettle(context, write, known_book, known);
    case 'release':
      return decideRelease(context, write.hold_id, known_book, known);
  }
}

function decideUse(
  { tenant_id, now, newId }: BookContext,
  use: Extract<TokenWrite, { kind: 'use' }>['use'],
  claims: readonly KeyClaim[],
  book: Book,
  draft: Draft,
): Decided {
  const planned = plan(book, { kind: 'use', tokens: BigInt(use.tokens_used) }, now);
  if (planned.outcome === 'insufficient') return { kind: 'refused', error: insufficient(planned) };
  const at = planned.occurred_at;
  const usage_id = newId(at);
  const body_hash = claims.find((claim) => claim.namespace === USES)?.body_hash;
  draft.uses.push({ tenant_id, usage_id, plan: planned, labels: use, body_hash });
  const body = useAnswer({ ...planned, usage_id, feature_type: use.feature_type });
  return { kind: 'drafted', status: 201, body, ref_id: usage_id };
}

function decideHold(
  { tenant_id, now, newId }: BookContext,
  hold: Extract<TokenWrite, { kind: 'hold' }>['hold'],
  book: Book,
  { draft, drafted }: Known,
): Decided {
  const tokens = BigInt(hold.tokens);
  const planned = plan(book, { kind: 'hold', tokens }, now);
  if (planned.outcome === 'insufficient') return { kind: 'refused', error: insufficient(planned) };
  const at = planned.held_at;
  const hold_id = newId(at);
  const { expires_at, grace_until } = holdTimes(at, hold.ttl_seconds);
  draft.holds.push({
    tenant_id,
    hold_id,
    request_id: hold.request_id,
    feature_type: hold.feature_type,
    user_id: hold.user_id ?? null,
    tokens,
    grant_ids: planned.pins.map((pin) => pin.grant_id),
    grant_tokens: planned.pins.map((pin) => pin.tokens),
    expires_at,
    grace_until,
  });
  drafted.add(nameOfHold(tenant_id, hold_id));
  const body = holdAnswer({ hold_id, tokens, expires_at });
  return { kind: 'drafted', status: 201, body, ref_id: hold_id };
}

function decideSettle(
  { tenant_id, now, newId }: BookContext,
  { hold_id, tokens_used }: Extract<TokenWrite, { kind: 'settle' }>,
  known_book: KnownBook,
  known: Known,
): Decided {
  const open = openHold(tenant_id, hold_id, known_book, now, known);
  const { book } = known_book;
  if ('kind' in open) return open;
  const { hold, pins } = open;
  const tokens = BigInt(tokens_used);
  if (tokens > sumTokens(pins) + remainingOf(book.balance)) return PLAIN;
  const planned = plan(book, { kind: 'settle', tokens, pins }, now);
  const { occurred_at: at, balance_after } = planned;
  const usage_id = newId(at);
  const { request_id, feature_type, user_id } = hold;
  const labels = { feature_type, request_id, hold_id, user_id: user_id ?? undefined };
  const { draft, drafted } = known;
  draft.uses.push({ tenant_id, usage_id, plan: planned, labels, body_hash: undefined });
  draft.ends.push({ tenant_id, hold_id, at, balance_after, settled: { usage_id, tokens } });
  drafted.add(nameOfHold(tenant_id, hold_id));
  return { kind: 'drafted', status: 200, body: settleAnswer({ ...planned, usage_id }), ref_id: usage_id };
}

function decideRelease(
  { tenant_id, now }: BookContext,
  hold_id: string,
  known_book: KnownBook,
  known: Known,
): Decided {
  const open = openHold(tenant_id, hold_id, known_book, now, known);
  const { book } = known_book;
  if ('kind' in open) return open;
  const { hold, pins } = open;
  const { released_at: at, balance_after } = plan(book, { kind: 'release', pins }, now);
  known.draft.ends.push({ tenant_id, hold_id, at, balance_after, settled: undefined });
  known.drafted.add(nameOfHold(tenant_id, hold_id));
  const body = releaseAnswer({ hold_id, tokens: hold.tokens, balance_after });
  return { kind: 'drafted', status: 200, body, ref_id: hold_id };
}

/** A hold that can be ended by freeing its pins and nothing more. */
function openHold(
  tenant_id: string,
  hold_id: string,
  known: KnownBook,
  now: Date,
  { holds, drafted, in_flight }: Known,
): { hold: HoldRow; pins: Pin[] } | Aside {
  const { book } = known;
  const name = nameOfHold(tenant_id, hold_id);
  if (drafted.has(name) || in_flight.has(name)) return LATER;
  const hold = holds.get(name);
  if (hold === undefined || (hold.status !== 'held' && hold.status !== 'expired')) return PLAIN;
  const pins = pinsOf(hold);
  const grants = pins.map((pin) => pinnedGrant(book, pin));
  if (grants.includes(undefined)) return known.fresh ? PLAIN : STALE;
  // What is freed of a grant whose time is over expires at once.
  if (grants.some((grant) => isPast(grant?.expires_at ?? null, now))) return PLAIN;
  return { hold, pins };
}

/** The grant of a pin; undefined where the book knows nothing of it, as one that is older than the hold. */
function pinnedGrant(book: Book, pin: Pin): Grant | undefined {
  return book.grants.find((grant) => grant.grant_id === pin.grant_id && grant.tokens_held >= pin.tokens);
}
