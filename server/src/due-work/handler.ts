import type { Tx } from '../db/index.ts';
import type { DueItem, DueKind } from './schedule.ts';

/** When the item is due again, or undefined where it is done with. */
export type NextDue = Date | undefined;

interface HandlerBase {
  kind: DueKind;
  /** It comes round again and again, and once is enough after a leap in time: the test clock runs it on arrival only. */
  recurring?: boolean;
}

/** Work that one transaction of the item's tenant does. It is done with the item, or not at all. */
export interface TransactionHandler extends HandlerBase {
  /** Asks what is true now, because an item may run late. `tx` is inTenant(item.tenant_id); it does nothing but SQL. */
  run(tx: Tx, item: DueItem, now: Date): Promise<NextDue>;
}

/**
 * Work with transactions of its own, because it asks the outside world in between. It must be safe to repeat: after a
 * crash it runs again when its lease is over.
 */
export interface OwnHandler extends HandlerBase {
  runOwn(item: DueItem, now: Date): Promise<NextDue>;
}

/** What does the work of a kind; main.ts registers one for each. */
export type DueHandler = TransactionHandler | OwnHandler;
