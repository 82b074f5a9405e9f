import { setTimeout as wait } from 'node:timers/promises';
import { bookContext } from '../ai-tokens/index.ts';
import { isPassingTrouble } from '../db/index.ts';
import { fail, TallystickError } from '../errors/index.ts';
import { ROOT_TENANT_ID } from '../id/index.ts';
import type { LimitAnswer, LimitSubject } from '../rate-limits/index.ts';
import type { KeyCaller } from '../tenants/index.ts';
import {
  type AllowedAnswer,
  allowDecision,
  beginDecision,
  type Claim,
  ForeseenRefusal,
  UnderWayElsewhere,
  undoDecision,
} from './claim.ts';
import {
  type Decision,
  type DecisionCaller,
  type DecisionHeader,
  type DecisionParts,
  type DecisionRequest,
  refusalOf,
} from './decision.ts';
import { Turns } from './turns.ts';

/** How often, and after which pauses, a request_id that another process is at is looked at again. */
const PAUSES_MS = [50, 100, 200];

/** When to ask again where the database does not answer. */
const DATABASE_RETRY_SECONDS = 1;

const ANY_OPERATOR: DecisionCaller = { tenant_id: ROOT_TENANT_ID, operator: true };

/** One decision over key, limits and tokens: all or nothing, and the same answer however often it is asked. */
export class Decisions {
  readonly #parts: DecisionParts;
  readonly #turns = new Turns();

  constructor(parts: DecisionParts) {
    this.#parts = parts;
  }

  /**
   * Decides about a call. The host of the process asks without a caller, and may name any tenant's key. Fails with
   * `request_id_reused`, `idempotency_key_reused`, `feature_unknown`, `cost_too_high`, and with `request_in_flight` where
   * another process is still at the request_id.
   */
  async decide(
    request: DecisionRequest,
    caller: DecisionCaller = ANY_OPERATOR,
    header?: DecisionHeader,
  ): Promise<Decision> {
    try {
      const key = await this.#parts.authenticate(request.api_key);
      if (key === undefined || !(caller.operator || caller.tenant_id === key.tenant_id))
        return { decision: 'unauthenticated' };
      // Twins in this process wait for the first, and find its answer.
      return await this.#turns.take(`${key.tenant_id} ${request.request_id}`, () =>
        this.#decideAbout(key, request, header),
      );
    } catch (error) {
      if (error instanceof TallystickError && error.code === 'tokens_insufficient') return unfunded(error);
      if (error instanceof TallystickError && error.code === 'spend_cap_reached') return capped(error);
      if (!isPassingTrouble(error)) throw error;
      return { decision: 'unavailable', lacking: 'database', retry_after_seconds: DATABASE_RETRY_SECONDS };
    }
  }

  async #decideAbout(
    key: KeyCaller,
    request: DecisionRequest,
    header: DecisionHeader | undefined,
  ): Promise<Decision> {
    const { tenant_id, api_key_id } = key;
    const { endpoint, cost } = request;
    const subject = { tenant_id, api_key_id, endpoint, cost };
    for (const pause_ms of [...PAUSES_MS, undefined]) {
      const foreseen = await this.#foresee(subject);
      const begun = await this.#begin(key, request, header, foreseen);
      if (begun === 'refused') return refusalOf(foreseen as Parameters<typeof refusalOf>[0]);
      if (typeof begun === 'object') {
        if ('answer' in begun) return allowed(begun.answer, [], true);
        const taken = await this.#takeFor(begun.claim, async () =>
          this.#parts.limits.take(subject, foreseen instanceof Error ? {} : foreseen),
        );
        if (taken.outcome !== 'allowed') return refusalOf(taken);
        const answer = await this.#parts.db.inTenant(tenant_id, (tx) => allowDecision(tx, begun.claim));
        if (answer !== undefined) {
          if (answer.hold_id !== undefined) this.#parts.balances.saw(tenant_id, undefined);
          return allowed(answer, taken.policies, false);
        }
        // Another process took it over, because this one was too slow: what that one answered counts.
      }
      if (pause_ms !== undefined) await wait(pause_ms);
    }
    return fail('request_in_flight', `"${request.request_id}" is still being decided.`);
  }

  async #foresee(subject: LimitSubject): Promise<LimitAnswer | TallystickError> {
    const capped = await this.#parts.spending.refusalOfCall(subject.tenant_id);
    if (capped !== undefined) return capped;
    try {
      return await this.#parts.limits.peek(subject);
    } catch (error) {
      if (error instanceof TallystickError) return error;
      throw error;
    }
  }

  async #begin(
    { tenant_id, api_key_id }: KeyCaller,
    request: DecisionRequest,
    header: DecisionHeader | undefined,
    foreseen: LimitAnswer | TallystickError,
  ): Promise<{ claim: Claim } | { answer: AllowedAnswer } | 'refused' | 'elsewhere'> {
    try {
      return await this.#parts.db.inTenant(tenant_id, (tx) =>
        beginDecision(tx, { ...bookContext(this.#parts, tenant_id), api_key_id, header, foreseen }, request),
      );
    } catch (error) {
      if (error instanceof ForeseenRefusal) return 'refused';
      if (error instanceof UnderWayElsewhere) return 'elsewhere';
      throw error;
    }
  }

  /** Takes the limits of a claimed decision. Where they do not let it in, or cannot be asked, the claim is undone. */
  async #takeFor(claim: Claim, take: () => Promise<LimitAnswer>): Promise<LimitAnswer> {
    const { tenant_id } = claim.names[0];
    const undo = () =>
      this.#parts.db.inTenant(tenant_id, (tx) =>
        undoDecision(tx, bookContext(this.#parts, tenant_id), claim),
      );
    let taken: LimitAnswer;
    try {
      taken = await take();
    } catch (error) {
      await undo();
      throw error;
    }
    if (taken.outcome !== 'allowed') await undo();
    return taken;
  }
}

function allowed(
  { hold_id }: AllowedAnswer,
  policies: Extract<Decision, { decision: 'allowed' }>['policies'],
  replayed: boolean,
): Decision {
  return { decision: 'allowed', ...(hold_id === undefined ? {} : { hold_id }), replayed, policies };
}

function unfunded(error: TallystickError): Decision {
  const { tokens_required, tokens_remaining, top_up_url } = error.extra as Record<string, bigint & string>;
  return {
    decision: 'unfunded',
    tokens_required: tokens_required ?? 0n,
    tokens_remaining: tokens_remaining ?? 0n,
    top_up_url: top_up_url ?? '',
  };
}

function capped(error: TallystickError): Decision {
  const { limit_cents, spent_cents, would_be_cents, set_by } = error.extra as Omit<
    Extract<Decision, { decision: 'capped' }>,
    'decision'
  >;
  return { decision: 'capped', limit_cents, spent_cents, would_be_cents, set_by };
}
