import { TallystickError } from '../errors.ts';
import type { Timing } from '../options.ts';
import type { Tallystick } from '../tallystick.ts';
import { askDecision, type DecisionInput } from './ask-decision.ts';

/** How long nobody asks after an ask that failed, in milliseconds. */
const PAUSE_MS = 1000;

/** Whether a request goes on. A refusal is a problem document (RFC 9457) with its status. */
export type Decision =
  | { outcome: 'allowed' }
  /** Nothing could be found out in time, and on_unavailable is open. */
  | { outcome: 'undecided' }
  | { outcome: 'refused'; status: number; retry_after_seconds: number | undefined; problem: object };

/** What a gate goes by. */
export interface GateTerms {
  client: Tallystick;
  deadline_ms: number;
  on_unavailable: 'open' | 'closed';
  timing: Timing;
  /** Told why nothing could be found out, once each time it begins. */
  onUnavailable(error: unknown): void;
}

/**
 * Asks for decisions, and stops asking for a moment after an ask without an answer, so that a server which is away
 * costs one request in a while its deadline and the others nothing. Being away is never told as a limit.
 */
export class DecisionGate {
  readonly #terms: GateTerms;
  /** When somebody may ask again; undefined while asking works. */
  #asks_again_at: number | undefined;

  constructor(terms: GateTerms) {
    this.#terms = terms;
  }

  async decide(input: DecisionInput): Promise<Decision> {
    const { client, deadline_ms, timing } = this.#terms;
    if (this.#asks_again_at !== undefined) {
      if (timing.now() < this.#asks_again_at) return this.#unavailable();
      // This one finds out for all the others, which do not wait for it.
      this.#asks_again_at = timing.now() + deadline_ms + PAUSE_MS;
    }
    try {
      await askDecision(client, input, deadline_ms);
      this.#asks_again_at = undefined;
      return { outcome: 'allowed' };
    } catch (error) {
      if (error instanceof TallystickError && isAboutTheCaller(error)) {
        this.#asks_again_at = undefined;
        return refusalOf(error);
      }
      if (this.#asks_again_at === undefined) this.#terms.onUnavailable(error);
      this.#asks_again_at = timing.now() + PAUSE_MS;
      return this.#unavailable();
    }
  }

  #unavailable(): Decision {
    if (this.#terms.on_unavailable === 'open') return { outcome: 'undecided' };
    const detail = 'It could not be decided whether this call is allowed. Repeat it in a moment.';
    return {
      outcome: 'refused',
      status: 503,
      retry_after_seconds: Math.ceil(PAUSE_MS / 1000),
      problem: problemOf(503, 'decision_unavailable', 'No decision', detail),
    };
  }
}

/** Without a key there is nobody to ask about. */
export function refusalWithoutKey(): Decision {
  const problem = problemOf(401, 'decision_key_invalid', 'No API key', 'The request has no API key.');
  return { outcome: 'refused', status: 401, retry_after_seconds: undefined, problem };
}

/** Other refusals are about the host's own key or the question, and so say nothing of this call. */
function isAboutTheCaller({ status, code }: TallystickError): boolean {
  return (
    (status === 401 && code === 'decision_key_invalid') ||
    (status === 402 && code !== 'answer_unreadable') ||
    (status === 429 && code !== 'answer_unreadable')
  );
}

function refusalOf({
  status = 503,
  code,
  title,
  detail,
  problem,
  retry_after_seconds,
}: TallystickError): Decision {
  // The explanation of a code, and the id of the request, are of another server than the one that answers with this.
  const { type: _type, request_id: _request_id, ...members } = problem;
  return {
    outcome: 'refused',
    status,
    retry_after_seconds,
    problem: { ...members, ...problemOf(status, String(code), title ?? String(code), detail) },
  };
}

function problemOf(status: number, code: string, title: string, detail: string): object {
  return { type: 'about:blank', title, status, detail, code };
}
