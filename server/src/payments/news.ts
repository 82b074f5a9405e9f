import type { CardDetails } from './card.ts';

/** How a dispute stands: the first two are open, the others its ends. */
export const DISPUTE_STATUSES = ['needs_response', 'under_review', 'won', 'lost'] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

/** A dispute as its provider has it now. `transaction_id` is ours, of the payment that is taken back. */
export interface DisputeState {
  external_id: string;
  transaction_id: string;
  amount_cents: bigint;
  currency: string;
  status: DisputeStatus;
  reason: string;
}

/**
 * What a provider reports, in one vocabulary. Of payments and checkouts it only says whom to ask about, and of cards and
 * disputes it says how they stand now: so it does not matter in which order news come, or how often.
 */
export type PaymentNews =
  | {
      kind: 'charge_succeeded' | 'charge_failed' | 'refund_updated';
      tenant_id: string;
      transaction_id: string;
    }
  | { kind: 'dispute_opened' | 'dispute_closed'; tenant_id: string; dispute: DisputeState }
  | { kind: 'method_attached'; tenant_id: string; payment_customer: string; card: CardDetails }
  | { kind: 'checkout_completed'; tenant_id: string; checkout_id: string };

/** Does with news what its domain does with them; what is not its own, or was known, changes nothing. */
export type NewsHandler = (news: PaymentNews, provider: string) => Promise<void>;
