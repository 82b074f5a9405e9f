import type {
  HoldAiTokensAnswer,
  HoldAiTokensInput,
  SettleAiTokenHoldAnswer,
} from './api-types.generated.ts';
import type { CallOptions } from './options.ts';
import type { Tallystick } from './tallystick.ts';

/** The largest use that can be settled at once. */
const MOST_TOKENS = 2 ** 31 - 1;

/** What the work gets: the hold, and where it says what it has used so far. */
export class HeldTokens {
  readonly hold_id: string;
  readonly tokens_held: number;
  readonly expires_at: string;
  #tokens_used = 0;

  constructor({ hold_id, tokens_held, expires_at }: HoldAiTokensAnswer) {
    this.hold_id = hold_id;
    this.tokens_held = tokens_held;
    this.expires_at = expires_at;
  }

  /** What was used so far. Set it as soon as it is known: what it says last is settled, however the work ends. */
  get tokens_used(): number {
    return this.#tokens_used;
  }

  /** Throws a RangeError for anything but a whole number from 0 to 2^31-1; what it said before then stands. */
  set tokens_used(tokens: number) {
    if (!Number.isInteger(tokens) || tokens < 0 || tokens > MOST_TOKENS) {
      throw new RangeError(`tokens_used takes a whole number from 0 to ${MOST_TOKENS}, not ${tokens}`);
    }
    this.#tokens_used = tokens;
  }
}

/** What a finished hold gives. */
export interface HoldResult<Result> {
  result: Result;
  /** Undefined where nothing was used, and the hold was released. */
  settlement: SettleAiTokenHoldAnswer | undefined;
}

/**
 * The work is over, and the hold could neither be settled nor released (see `cause`). It can be settled later, with
 * the same two numbers; the outcome of the work is kept here, so that an answer that was paid for is not lost.
 */
export class HoldNotEndedError<Result = unknown> extends Error {
  override readonly name = 'HoldNotEndedError';
  readonly hold_id: string;
  readonly tokens_used: number;
  readonly outcome: PromiseSettledResult<Result>;

  constructor(held: HeldTokens, outcome: PromiseSettledResult<Result>, cause: unknown) {
    super(`hold ${held.hold_id} is not ended, with ${held.tokens_used} tokens used`, { cause });
    this.hold_id = held.hold_id;
    this.tokens_used = held.tokens_used;
    this.outcome = outcome;
  }
}

/**
 * Holds tokens, does the work, and settles the hold with what the work says it used. Work that fails or is aborted is
 * settled too, with what it had used by then, because the model provider charges for that as well; only where nothing
 * was used the hold is released. Then what the work threw is thrown on.
 *
 * `request_id` names one run of the work; without it there is a new one each time. `options` are those of all three
 * calls, but a signal and an idempotency_key are the hold's alone: what was used is settled even after an abort.
 * Throws what holding throws (InsufficientTokensError: the work has not begun), and HoldNotEndedError.
 */
export async function withHold<Result>(
  tallystick: Tallystick,
  hold: Omit<HoldAiTokensInput, 'request_id'> & { request_id?: string },
  work: (held: HeldTokens) => Result | Promise<Result>,
  options: CallOptions = {},
): Promise<HoldResult<Result>> {
  const held = new HeldTokens(
    await tallystick.holdAiTokens({ ...hold, request_id: hold.request_id ?? crypto.randomUUID() }, options),
  );
  const outcome = await outcomeOf(() => work(held));
  const { signal: _signal, idempotency_key: _key, ...calls } = options;
  const { hold_id, tokens_used } = held;
  let settlement: SettleAiTokenHoldAnswer | undefined;
  try {
    if (tokens_used > 0) settlement = await tallystick.settleAiTokenHold({ hold_id, tokens_used }, calls);
    else await tallystick.releaseAiTokenHold({ hold_id }, calls);
  } catch (cause) {
    throw new HoldNotEndedError(held, outcome, cause);
  }
  if (outcome.status === 'rejected') throw outcome.reason;
  return { result: outcome.value, settlement };
}

async function outcomeOf<Result>(
  work: () => Result | Promise<Result>,
): Promise<PromiseSettledResult<Result>> {
  try {
    return { status: 'fulfilled', value: await work() };
  } catch (reason) {
    return { status: 'rejected', reason };
  }
}
