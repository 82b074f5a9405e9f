import { type DetailsRequest, putBillingDetails, readBillingDetails } from '../billing-details/index.ts';
import type { Interval } from '../catalog/index.ts';
import {
  invoicePaymentIntent,
  invoiceRefundIntent,
  type PaymentHooks,
  recordInvoicePayment,
  refundInvoicePayment,
} from '../invoices/index.ts';
import { listTransactions, type Transaction } from '../ledger/index.ts';
import { type IntentContext, type IntentKind, payOnce } from '../payment-intents/index.ts';
import { savePaymentMethod } from '../payment-methods/index.ts';
import {
  cancelSubscription,
  changeSubscription,
  refundHook,
  startSubscription,
  subscriptionContext,
  subscriptionPaymentHooks,
} from '../subscriptions/index.ts';
import type { StudioSchedule } from './studio-schedule.ts';
import type { StudioServices } from './studio-services.ts';

/** A subscription to start. */
interface Start {
  tier_name: string;
  interval: Interval;
  trial_days: number | undefined;
  custom_price_cents: number | undefined;
}

/** What a studio subscribes to and how it pays, written by the routes' own functions at times of the past. */
export class StudioBilling {
  readonly #services: StudioServices;
  readonly #schedule: StudioSchedule;
  readonly #hooks: PaymentHooks;
  readonly #payment: IntentKind<Transaction>;

  constructor(services: StudioServices, schedule: StudioSchedule) {
    this.#services = services;
    this.#schedule = schedule;
    this.#hooks = subscriptionPaymentHooks(services);
    this.#payment = invoicePaymentIntent(this.#hooks);
  }

  /** Says what invoices tell of it. */
  async describe(details: DetailsRequest): Promise<void> {
    const { tx, tenant_id, now } = this.#services;
    await putBillingDetails(tx, { tenant_id, operator: false, now }, details);
  }

  /** Saves a card of the sandbox, which is charged from now on. */
  async saveCard(token: string): Promise<void> {
    const { tenant_id } = this.#services;
    await savePaymentMethod(this.#services, tenant_id, { token, make_default: true }, undefined);
  }

  /** Subscribes, and pays the first invoice where there is no trial. */
  async subscribe(start: Start): Promise<void> {
    await this.#pay(async () => {
      const { tx, tenant_id } = this.#services;
      const { time_zone } = await readBillingDetails(tx, tenant_id);
      const how = { operator: true, joined: false };
      return await startSubscription(tx, this.#context(), { ...start, time_zone }, how);
    });
  }

  /** Moves to another tier: up is now and paid at once, down is at the end of the period. */
  async change(tier_name: string): Promise<void> {
    await this.#pay(() => changeSubscription(this.#services.tx, this.#context(), { tier_name }, false));
  }

  /** Cancels to the end of what is paid for. */
  async cancel(reason: string): Promise<void> {
    await cancelSubscription(this.#services.tx, this.#context(), { when: 'period_end', reason });
    this.#schedule.forget();
  }

  /** Pays a share of the latest invoice's payment back, with a credit note; nothing where none was paid. */
  async refundLatest(reason: string, share: number): Promise<void> {
    const { tx, tenant_id } = this.#services;
    const filter = { type: 'invoice_payment', status: 'settled', limit: 1 } as const;
    const [payment] = await listTransactions(tx, tenant_id, filter);
    if (payment === undefined) return;
    const contextOf = ({ now }: IntentContext) => subscriptionContext(this.#services, tenant_id, now);
    const kind = invoiceRefundIntent(contextOf, refundHook(this.#services));
    const amount_cents = Math.floor(Number(payment.amount_cents) * share);
    await refundInvoicePayment(this.#services, kind, payment, { amount_cents, reason }, undefined);
    this.#schedule.forget();
  }

  /** Books that a bank has paid an invoice. */
  async payElsewhere(invoice_id: string, external_transaction_id: string): Promise<void> {
    const { tx } = this.#services;
    await recordInvoicePayment(tx, this.#context(), this.#hooks, invoice_id, external_transaction_id);
    this.#schedule.forget();
  }

  #context() {
    return subscriptionContext(this.#services, this.#services.tenant_id);
  }

  /** Work with a payment in its middle, as its route does it. */
  async #pay(begin: () => Promise<{ payment: string | undefined }>): Promise<void> {
    const work = { begin, view: async () => ({}), status: 200 };
    await payOnce(this.#services, this.#payment, this.#services.tenant_id, undefined, work);
    this.#schedule.forget();
  }
}
