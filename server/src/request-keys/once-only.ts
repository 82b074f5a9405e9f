import type { Tx } from '../db/index.ts';
import { fail } from '../errors/index.ts';
import { type AsJson, toJson } from '../json/index.ts';
import { claimKey, completeKey, type KeyClaim } from './claim-key.ts';

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
