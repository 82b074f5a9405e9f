import type { Tx } from '../db/index.ts';
import { newId, type Random } from '../id/index.ts';
import { sandboxProvider } from '../payments/index.ts';
import type { SubscriptionServices } from '../subscriptions/index.ts';
import { tableTaxProvider } from '../tax/index.ts';

/** The demo's prices do not follow the server's: the same data everywhere. */
const TOKEN_PRICE_CENTS_PER_1K = '10';
const API_PRICE_CENTS_PER_1K = '5';

/** What the domains work with while a studio's year is written: one transaction, at times of the past. */
export class StudioServices implements SubscriptionServices {
  readonly tx: Tx;
  readonly tenant_id: string;
  readonly db: SubscriptionServices['db'];
  readonly clock: SubscriptionServices['clock'];
  readonly newId: SubscriptionServices['newId'];
  readonly known_features: Set<string>;
  readonly payments: SubscriptionServices['payments'];
  readonly tax = tableTaxProvider;
  readonly token_price_cents_per_1k = TOKEN_PRICE_CENTS_PER_1K;
  readonly api_price_cents_per_1k = API_PRICE_CENTS_PER_1K;
  readonly admitSpending = async () => undefined;
  #now = new Date(0);

  constructor(
    tx: Tx,
    tenant_id: string,
    terms: { random: Random; known_features: Set<string>; by_wire: boolean },
  ) {
    this.tx = tx;
    this.tenant_id = tenant_id;
    // The sandbox answers from the request alone, so all transactions of a payment can be this one.
    this.db = { inTenant: (_tenant_id, work) => work(tx) };
    this.clock = { now: () => this.#now };
    this.newId = (at) => newId(at, terms.random);
    this.known_features = terms.known_features;
    // Whose bank pays has no card that could be charged.
    this.payments = terms.by_wire ? null : sandboxProvider();
  }

  get now(): Date {
    return this.#now;
  }

  /** Whatever comes next happens at this time. */
  moveTo(at: Date): void {
    this.#now = at;
  }
}
