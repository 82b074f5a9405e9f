import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { TallystickError } from '../../server/src/errors/index.ts';
import type { DebitAnswer, DebitRequest } from '../rows/debit.ts';
import type { Expected } from './books.ts';

/** How many requests of all repeat one that was answered, and how many ask for more than there is. */
const REPLAYED_SHARE = 0.1;
const INSUFFICIENT_SHARE = 0.02;
/** More than any tenant has. */
const TOO_MANY_TOKENS = 2 ** 31 - 1;
const TOKENS_MAX = 20;
/** Answers that may still be repeated. */
const REMEMBERED = 4096;

interface Answered {
  tenant_id: string;
  request: DebitRequest;
  body: DebitAnswer['body'];
}

/** Sends one request and answers what came of it, as debit() does. */
export type Send = (tenant_id: string, request: DebitRequest) => Promise<DebitAnswer>;

/** What callers do all day, and what the books should say afterwards. */
export class DebitWorkload {
  readonly #tenant_ids: readonly string[];
  readonly #send: Send;
  readonly #remembered: Answered[] = [];
  #answers = 0;
  /** By tenant, over all runs. */
  readonly expected = new Map<string, Expected>();

  constructor(tenant_ids: readonly string[], send: Send) {
    this.#tenant_ids = tenant_ids;
    this.#send = send;
    for (const tenant_id of tenant_ids) this.expected.set(tenant_id, { tokens_used: 0, uses: 0 });
  }

  /**
   * So many callers, each sending its next request when the last was answered, until the time is up. Answers how many
   * requests were answered. Throws at an answer that is wrong.
   */
  async run(callers: number, milliseconds: number): Promise<number> {
    const until = performance.now() + milliseconds;
    const caller = async (): Promise<number> => {
      let answered = 0;
      while (performance.now() < until) {
        await this.#ask();
        answered += 1;
      }
      return answered;
    };
    const counts = await Promise.all(Array.from({ length: callers }, caller));
    return counts.reduce((total, count) => total + count, 0);
  }

  async #ask(): Promise<void> {
    const draw = Math.random();
    const earlier =
      draw < REPLAYED_SHARE
        ? this.#remembered[Math.floor(Math.random() * this.#remembered.length)]
        : undefined;
    if (earlier) await this.#repeat(earlier);
    else if (draw > 1 - INSUFFICIENT_SHARE) await this.#askTooMuch();
    else await this.#use();
  }

  async #use(): Promise<void> {
    const tenant_id = this.#anyTenant();
    const tokens_used = 1 + Math.floor(Math.random() * TOKENS_MAX);
    const request = requestOf(tokens_used);
    const { replayed, body } = await this.#send(tenant_id, request);
    if (replayed || Number(body.tokens_used) !== tokens_used)
      throw new Error(`a use of ${tokens_used} was answered ${JSON.stringify(body)}, replayed: ${replayed}`);
    const expected = this.expected.get(tenant_id) ?? { tokens_used: 0, uses: 0 };
    expected.tokens_used += tokens_used;
    expected.uses += 1;
    this.#remembered[this.#answers % REMEMBERED] = { tenant_id, request, body };
    this.#answers += 1;
  }

  async #repeat({ tenant_id, request, body }: Answered): Promise<void> {
    const again = await this.#send(tenant_id, request);
    if (!again.replayed || !isDeepStrictEqual(again.body, body))
      throw new Error(`a repeat was answered ${JSON.stringify(again)} and not ${JSON.stringify(body)}`);
  }

  async #askTooMuch(): Promise<void> {
    try {
      await this.#send(this.#anyTenant(), requestOf(TOO_MANY_TOKENS));
    } catch (error) {
      if (error instanceof TallystickError && error.code === 'tokens_insufficient') return;
      throw error;
    }
    throw new Error('more tokens were used than there are');
  }

  #anyTenant(): string {
    return this.#tenant_ids[Math.floor(Math.random() * this.#tenant_ids.length)] ?? '';
  }
}

function requestOf(tokens_used: number): DebitRequest {
  return { tokens_used, feature_type: 'content_generation', request_id: randomUUID() };
}
