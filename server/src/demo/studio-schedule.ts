import { tokenDueHandlers } from '../ai-tokens/index.ts';
import { type DueHandler, type DueItem, earliestItem, finishItem } from '../due-work/index.ts';
import { invoicePaymentIntent } from '../invoices/index.ts';
import { subscriptionDueHandlers, subscriptionPaymentHooks } from '../subscriptions/index.ts';
import type { StudioServices } from './studio-services.ts';

/** What falls due for a studio, done by the handlers that the runner would have called. */
export class StudioSchedule {
  readonly #services: StudioServices;
  readonly #handlers: readonly DueHandler[];
  /** Null where it is not known. */
  #next: DueItem | undefined | null = null;

  constructor(services: StudioServices) {
    this.#services = services;
    const payment = invoicePaymentIntent(subscriptionPaymentHooks(services));
    this.#handlers = [...tokenDueHandlers(services), ...subscriptionDueHandlers(services, payment)];
  }

  /** To be called after whatever may have put an item on the schedule, or taken one off it. */
  forget(): void {
    this.#next = null;
  }

  /** The item that is due first, or undefined. E-mails wait: they are kept last. */
  async next(): Promise<DueItem | undefined> {
    const { tx, tenant_id } = this.#services;
    const kinds = this.#handlers.map(({ kind }) => kind);
    if (this.#next === null) this.#next = await earliestItem(tx, tenant_id, kinds);
    return this.#next;
  }

  /** Does an item at the services' present time, as the runner would. */
  async run(item: DueItem): Promise<void> {
    const { tx, now } = this.#services;
    const handler = this.#handlers.find(({ kind }) => kind === item.kind);
    if (handler === undefined) throw new Error(`nobody in the demo handles ${item.kind}`);
    const next = 'run' in handler ? await handler.run(tx, item, now) : await handler.runOwn(item, now);
    await finishItem(tx, item, item.next_due_at, next);
    this.forget();
  }
}
