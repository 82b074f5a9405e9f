import { type BookContext, placeHold, releaseHold } from '../ai-tokens/index.ts';
import type { Tx } from '../db/index.ts';
import { TallystickError } from '../errors/index.ts';
import { bodyHash } from '../json/index.ts';
import type { LimitAnswer } from '../rate-limits/index.ts';
import {
  type ClaimResult,
  claimKey,
  completeKey,
  httpKeyLifetimeMs,
  type KeyName,
  ownsClaim,
  releaseKey,
  takeOverKey,
} from '../request-keys/index.ts';
import type { DecisionHeader, DecisionRequest } from './decision.ts';

/** How long a claim without an answer is left to who made it. Many times what a decision takes, in milliseconds. */
const LEASE_MS = 10_000;

/** A decision under way: committed, with its tokens held, and without an answer. */
export interface Claim {
  /** The request_id's row, and the Idempotency-Key's where there is one. */
  names: [KeyName, ...KeyName[]];
  /** Names the hold, where there is one; with `created_at` it tells this claim from one that took it over. */
  ref_id: string;
  created_at: Date;
  holds_tokens: boolean;
}

/** What is stored and replayed. */
export interface AllowedAnswer {
  allowed: true;
  hold_id?: string | undefined;
}

/** Thrown to undo a claim: the limits do not let the call in. */
export class ForeseenRefusal extends Error {}

/** Thrown to undo a claim: somebody else is at this request_id. */
export class UnderWayElsewhere extends Error {}

export interface ClaimContext extends BookContext {
  api_key_id: string;
  header: DecisionHeader | undefined;
  /** What the limits said before, or why they could not: only a new decision minds, a replay does not. */
  foreseen: LimitAnswer | TallystickError;
}

/**
 * Claims a request_id and holds its tokens, in the caller's transaction; or answers what it was answered before. A claim
 * that was never answered and is older than its lease is taken over, and its hold is given back. Throws ForeseenRefusal,
 * UnderWayElsewhere, and fails with `request_id_reused`, `idempotency_key_reused`, `feature_unknown` or
 * `tokens_insufficient`.
 */
export async function beginDecision(
  tx: Tx,
  context: ClaimContext,
  request: DecisionRequest,
): Promise<{ claim: Claim } | { answer: AllowedAnswer }> {
  const { tenant_id, now, header, api_key_id } = context;
  const { api_key: _secret, ...asked } = request;
  const ref_id = context.newId(now);
  const name: KeyName = { tenant_id, namespace: 'decisions', key: request.request_id };
  const headerName = header && { tenant_id, namespace: header.namespace, key: header.key };
  if (header) {
    const expires_at = new Date(now.getTime() + httpKeyLifetimeMs);
    const reused_code = 'idempotency_key_reused';
    const found = await claimKey(tx, { ...header, tenant_id, now, ref_id, reused_code, expires_at });
    if (found.state === 'completed') return { answer: found.body as unknown as AllowedAnswer };
  }
  // The key by its id: its secret may be another by the time of a repeat.
  const body_hash = bodyHash({ ...asked, cost: asked.cost ?? 1, api_key_id });
  const found = await claimKey(tx, { ...name, body_hash, now, ref_id, reused_code: 'request_id_reused' });
  if (found.state === 'completed') {
    const answer = found.body as unknown as AllowedAnswer;
    if (headerName) await completeKey(tx, headerName, stored(answer));
    return { answer };
  }
  const { tokens, feature_type = '' } = request;
  const names: Claim['names'] = headerName ? [name, headerName] : [name];
  const claim = { names, ref_id, created_at: now, holds_tokens: tokens !== undefined };
  if (found.state === 'in_flight') await takeOver(tx, context, claim, found);
  else if (context.foreseen instanceof TallystickError) throw context.foreseen;
  else if (context.foreseen.outcome !== 'allowed') throw new ForeseenRefusal();
  if (tokens !== undefined)
    await placeHold(tx, context, { tokens, feature_type, request_id: request.request_id }, ref_id);
  return { claim };
}

async function takeOver(
  tx: Tx,
  context: ClaimContext,
  claim: Claim,
  found: Extract<ClaimResult, { state: 'in_flight' }>,
): Promise<void> {
  if (context.now.getTime() - found.created_at.getTime() < LEASE_MS) throw new UnderWayElsewhere();
  if (claim.holds_tokens && found.ref_id !== null)
    await releaseHold(tx, context, found.ref_id, 'its decision was never answered');
  for (const name of claim.names) await takeOverKey(tx, name, claim);
}

/** Stores the answer of a claim, or answers undefined where another has taken it over. */
export async function allowDecision(tx: Tx, claim: Claim): Promise<AllowedAnswer | undefined> {
  if (!(await ownsClaim(tx, claim.names[0], claim))) return undefined;
  const answer: AllowedAnswer = claim.holds_tokens
    ? { allowed: true, hold_id: claim.ref_id }
    : { allowed: true };
  for (const name of claim.names) await completeKey(tx, name, stored(answer));
  return answer;
}

/** Frees the request_id and the tokens of a claim that came to nothing. One that was taken over is another's. */
export async function undoDecision(tx: Tx, context: BookContext, claim: Claim): Promise<void> {
  if (!(await ownsClaim(tx, claim.names[0], claim))) return;
  if (claim.holds_tokens) await releaseHold(tx, context, claim.ref_id, 'the limits did not let the call in');
  for (const name of claim.names) await releaseKey(tx, name);
}

function stored(answer: AllowedAnswer) {
  return { status: 200, response_text: JSON.stringify(answer) };
}
