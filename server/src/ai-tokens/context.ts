import type { Clock } from '../clock/index.ts';
import type { Database, Tx } from '../db/index.ts';
import type { PaymentProvider } from '../payments/index.ts';

/** Who acts, when, and how ids are made: what an entry of the book needs beside the transaction. */
export interface EntryContext {
  tenant_id: string;
  now: Date;
  newId(at: Date): string;
}

/** What a write inside one transaction needs beside the transaction. */
export interface BookContext extends EntryContext {
  /** Features that this process has seen registered. One is never removed, so what was seen stays true. */
  known_features: Set<string>;
}

/**
 * Lets a sale in, or fails with `spend_cap_reached`. Asked in the transaction that begins the sale, before its book is
 * locked; two sales of a tenant with a cap take turns from here on.
 */
export type AdmitSpending = (tx: Tx, context: EntryContext, amount_cents: bigint) => Promise<void>;

/** What the operations with several transactions need: those that ask a payment provider in between. */
export interface TokenServices {
  /** Transactions of one tenant are all it asks for. */
  db: Pick<Database, 'inTenant'>;
  clock: Clock;
  newId(at: Date): string;
  known_features: Set<string>;
  /** Null where payments are switched off. */
  payments: PaymentProvider | null;
  admitSpending: AdmitSpending;
  /** A plain decimal, as in `10` or `0.5`. */
  token_price_cents_per_1k: string;
}

/** The context of one more transaction of a tenant, at the tenant's present time. */
export function bookContext(
  services: Pick<TokenServices, 'clock' | 'newId' | 'known_features'>,
  tenant_id: string,
): BookContext {
  const { clock, newId, known_features } = services;
  return { tenant_id, now: clock.now(tenant_id), newId, known_features };
}
