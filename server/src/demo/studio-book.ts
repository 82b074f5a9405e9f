import {
  type BookContext,
  bookContext,
  giveGrant,
  holdTokens,
  purchaseTokens,
  readBalance,
  refundPurchase,
  releaseHold,
  settleHold,
  useTokens,
} from '../ai-tokens/index.ts';
import { EVENTS_MAX, recordBatch } from '../api-usage/index.ts';
import type { Tx } from '../db/index.ts';
import { TallystickError } from '../errors/index.ts';
import { putPolicy } from '../rate-limits/index.ts';
import type { StudioCall } from './studio-calls.ts';
import type { StudioSchedule } from './studio-schedule.ts';
import type { StudioServices } from './studio-services.ts';

/** What a use, or a hold for one, is about. */
export interface Labels {
  feature_type: string;
  request_id?: string;
  user_id?: string;
  metadata?: { [field: string]: string | number };
}

/** A studio's book, written by the domain's own functions within one transaction, at times of the past. */
export class StudioBook {
  #remaining = 0;
  readonly #tx: Tx;
  readonly #tenant_id: string;
  readonly #services: StudioServices;
  readonly #schedule: StudioSchedule;

  constructor(services: StudioServices, schedule: StudioSchedule) {
    this.#tx = services.tx;
    this.#tenant_id = services.tenant_id;
    this.#services = services;
    this.#schedule = schedule;
  }

  /** tokens_remaining after the last step. */
  get remaining(): number {
    return this.#remaining;
  }

  /** Buys tokens by card, or as paid elsewhere under a `transaction_id`; answers our own id of the purchase. */
  async buy(tokens_to_purchase: number, transaction_id?: string): Promise<string> {
    const request = { tokens_to_purchase, transaction_id };
    const { body } = await purchaseTokens(this.#services, this.#tenant_id, request, undefined);
    this.#remaining = body.balance;
    return body.transaction_id;
  }

  /** Tries to buy with a card that is declined; what stays is a failed transaction. */
  async buyInVain(tokens_to_purchase: number): Promise<void> {
    const request = { tokens_to_purchase, payment_method: 'sandbox_card_declined' };
    try {
      await purchaseTokens(this.#services, this.#tenant_id, request, undefined);
    } catch (error) {
      if (!(error instanceof TallystickError && error.code === 'payment_declined')) throw error;
    }
  }

  /** Pays a purchase back: all that can be, or an amount in the currency's minor unit. */
  async refund(transaction_id: string, reason: string, amount_cents?: number): Promise<void> {
    const request = { transaction_id, reason, amount_cents };
    const { body } = await refundPurchase(this.#services, this.#tenant_id, request, undefined);
    this.#remaining = body.balance;
  }

  /** Gives tokens; answers the id of the grant. */
  async give(
    tokens: number,
    reason: string,
    terms: { expires_at?: Date; priority?: number } = {},
  ): Promise<string> {
    const given = await giveGrant(this.#tx, this.#context(), { tokens, reason, ...terms });
    this.#schedule.forget();
    this.#remaining = Number(given.balance);
    return given.grant_id;
  }

  /** Uses tokens that are there. */
  async use(tokens_used: number, labels: Labels): Promise<void> {
    const { body } = await useTokens(this.#tx, this.#context(), { tokens_used, ...labels });
    this.#remaining = Number(body.balance_after);
  }

  /** Holds tokens that are there; answers the hold's id. */
  async hold(tokens: number, labels: Required<Pick<Labels, 'feature_type' | 'request_id'>>): Promise<string> {
    const { body } = await holdTokens(this.#tx, this.#context(), { tokens, ...labels });
    this.#remaining -= tokens;
    this.#schedule.forget();
    return body.hold_id;
  }

  /** Settles a hold with what was used, which may be more than is there. */
  async settle(hold_id: string, tokens_used: number): Promise<void> {
    const { body } = await settleHold(this.#tx, this.#context(), hold_id, tokens_used);
    this.#schedule.forget();
    this.#remaining = Number(body.balance_after);
  }

  async release(hold_id: string): Promise<void> {
    const { body } = await releaseHold(this.#tx, this.#context(), hold_id);
    this.#schedule.forget();
    this.#remaining = Number(body.balance_after);
  }

  /** Records calls to the studio's API. */
  async recordCalls(calls: readonly StudioCall[]): Promise<void> {
    if (calls.length === 0) return;
    const tenant_id = this.#tenant_id;
    const { newId, clock } = this.#services;
    for (let from = 0; from < calls.length; from += EVENTS_MAX) {
      const rows = calls.slice(from, from + EVENTS_MAX).map((call, index) => ({
        index,
        tenant_id,
        event: { ...call, source: 'demo', id: newId(call.occurred_at), counted: true },
      }));
      const { rejected } = await recordBatch(this.#tx, { tenant_id, newId, clock }, rows);
      if (rejected.length > 0) throw new Error(`the demo's calls were rejected: ${rejected[0]?.detail}`);
    }
    // They may have begun a billing period, which has to be closed.
    this.#schedule.forget();
  }

  /** Limits the studio's calls, as the operator does: so many in so many seconds. */
  async limit(name: string, limit: number, window_seconds: number): Promise<void> {
    const context = { tenant_id: this.#tenant_id, operator: true, now: this.#services.now };
    const everywhere = { cost: 1, endpoint: null, api_key_id: null, on_store_failure: 'local' } as const;
    await putPolicy(this.#tx, context, { name, limit, window_seconds, ...everywhere });
  }

  /** Reads how many tokens are there, after something else has changed that. */
  async refresh(): Promise<void> {
    const { tokens_remaining } = await readBalance(this.#tx, this.#tenant_id, this.#services.now);
    this.#remaining = Number(tokens_remaining);
  }

  #context(): BookContext {
    return bookContext(this.#services, this.#tenant_id);
  }
}
