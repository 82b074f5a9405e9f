import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { type AsJson, toJson } from '../json/index.ts';
import { claimKey, completeKey, findKey, type KeyClaim } from './claim-key.ts';

/** What onceOnly hands back: the first answer, whoever made it. */
export interface OnceOnlyResult<Body> {
  /** Whether this is the stored answer of an earlier call. */
  replayed: boolean;
  status: number;
  /** In its JSON form on the first call too, so that both calls see the same. */
  body: AsJson<Body>;
}

/**
 * Runs `work` at most once for a key, within the caller's transaction: claim, work, and stored answer
 * commit or vanish together, so a refusal leaves no trace. A repeat with the same body gets the stored
 * answer, one with another body `reused_code`, and one that meets an open claim request_in_flight. Without a claim every call is the first.
 */
export async function onceOnly<Body>(
  tx: Tx,
  claim: KeyClaim | undefined,
  work: () => Promise<{ status: number; body: Body }>,
): Promise<OnceOnlyResult<Body>> {
  if (claim === undefined) return firstAnswer(await work());
  const found = await claimKey(tx, claim);
  if (found.state === 'in_flight') fail('request_in_flight', `"${claim.key}" is still being worked on.`);
  if (found.state === 'completed') {
    return { replayed: true, status: found.status, body: found.body as AsJson<Body> };
  }
  const answer = firstAnswer(await work());
  await completeKey(tx, claim, { status: answer.status, response_text: JSON.stringify(answer.body) });
  return answer;
}

function firstAnswer<Body>(answer: { status: number; body: Body }): OnceOnlyResult<Body> {
  return { replayed: false, status: answer.status, body: toJson(answer.body) as AsJson<Body> };
}

/** What onceByRow hands back: the first answer, and the id of the row that has it. */
export interface RowAnswer<Body> {
  replayed: boolean;
  status: number;
  body: Body;
  ref_id: string;
}

/**
 * As onceOnly, for an answer that is that of a row: the key refers to the row instead of repeating it, and `recall`
 * makes the answer of it again. What `work` found answered before is stored as such.
 */
export async function onceByRow<Body>(
  tx: Tx,
  claim: KeyClaim | undefined,
  work: () => Promise<RowAnswer<Body>>,
  recall: (ref_id: string) => Promise<Body>,
): Promise<RowAnswer<Body>> {
  if (claim === undefined) return work();
  const found = await claimKey(tx, claim);
  if (found.state === 'in_flight') fail('request_in_flight', `"${claim.key}" is still being worked on.`);
  if (found.state === 'completed') {
    const ref_id = found.ref_id ?? '';
    // Answers that were given before keys referred to rows stand in the key itself.
    const body = found.body === null ? await recall(ref_id) : (found.body as Body);
    return { replayed: true, status: found.status, body, ref_id };
  }
  const answer = await work();
  await completeKey(tx, claim, { status: answer.status, ref_id: answer.ref_id });
  return answer;
}

/**
 * The answer that is stored under a key, or undefined where there is none yet: for work that asks the outside world
 * before its transaction, and asks only where it is new. Another body under the key is `reused_code`. Claims nothing.
 */
export async function replayOf<Body>(tx: Tx, claim: KeyClaim): Promise<OnceOnlyResult<Body> | undefined> {
  const found = await findKey(tx, claim);
  if (found === undefined || found.state !== 'completed') return undefined;
  return { replayed: true, status: found.status, body: found.body as AsJson<Body> };
}
