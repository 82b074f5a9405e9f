import type { Tx } from '../db/index.ts';
import type { CardDetails } from './card.ts';
import type { PaymentNews } from './news.ts';

/** A charge to make: `idempotency_key` names it at the provider, so that repeating it charges once. */
export interface Charge {
  idempotency_key: string;
  tenant_id: string;
  amount_cents: bigint;
  currency: string;
  /** The provider's name for the method, and for its owner. */
  payment_method: string | null;
  payment_customer: string | null;
  /** What the provider called this charge, where it has been asked before. */
  external_transaction_id: string | null;
  /** How long ago it was first asked for, in milliseconds. Providers forget keys: after a day one is not sent again. */
  age_ms: number;
}

/** A payment to give back, whole or in part. */
export interface Repayment {
  idempotency_key: string;
  tenant_id: string;
  /** Of the payment. */
  external_transaction_id: string;
  amount_cents: bigint;
  currency: string;
  age_ms: number;
}

/** A refusal: `decline_code` is stable and for programs, `reason` a sentence for whoever pays. */
export interface Declined {
  status: 'declined';
  decline_code: string;
  reason: string;
}

/**
 * What a provider says. `action_required`: nothing moves until the owner of the card has confirmed it at `action_url`.
 * `processing`: the provider itself waits. In both cases it is asked again under the same key.
 */
export type PaymentResult =
  | { status: 'succeeded'; external_transaction_id: string | null }
  | { status: 'action_required'; external_transaction_id: string; action_url: string }
  | { status: 'processing'; external_transaction_id: string }
  | Declined;

/** A card that was saved, or why it was not. */
export type SavedCard = { status: 'saved'; card: CardDetails } | Declined;

/** A page of the provider on which somebody saves a card or pays. */
export interface CheckoutRequest {
  /** Names it at the provider; for a purchase the id of its transaction too. */
  checkout_id: string;
  tenant_id: string;
  payment_customer: string;
  /** What is paid for; without it a card is saved. */
  sale: { amount_cents: bigint; title: string } | null;
  currency: string;
  success_url: string;
  cancel_url: string;
}

/** A checkout that was opened, as its provider names it. */
export interface OpenedCheckout {
  external_id: string;
  checkout_url: string;
}

/** How a checkout that saves a card stands; `expired` where `is_over` says so and nobody used it. */
export type CheckoutState =
  | { status: 'open' }
  | { status: 'expired' }
  | { status: 'completed'; card: CardDetails };

/** A payment that has settled, as far as a provider has to do with what comes after. */
export interface SettledPayment {
  tenant_id: string;
  transaction_id: string;
  payment_method: string | null;
}

/**
 * Who takes the money. Every call is idempotent: a repeat answers what the first one did, or how that stands now. They
 * throw where the outcome is unknown (a time-out, a lost connection); the caller repeats them later under the same key.
 */
export interface PaymentProvider {
  readonly name: string;
  /** How long it may take to answer, in milliseconds; PAYMENT_DEADLINE_MS where it does not say. */
  readonly deadline_ms?: number;
  charge(charge: Charge, signal: AbortSignal): Promise<PaymentResult>;
  /** Gives up a charge that waits for its owner. Answers how it ended: it may have succeeded just before. */
  abandon(charge: Charge, signal: AbortSignal): Promise<PaymentResult>;
  repay(repayment: Repayment, signal: AbortSignal): Promise<PaymentResult>;
  /** Whether a charge has to name a method. The sandbox has a card for whoever names none. */
  readonly needs_method: boolean;
  /** Makes the customer of a tenant, or finds it, and answers the provider's name for it. */
  makeCustomer(owner: { tenant_id: string; name: string }, signal: AbortSignal): Promise<string>;
  /** Saves the card that a token stands for with a customer. */
  saveCard(token: string, payment_customer: string, signal: AbortSignal): Promise<SavedCard>;
  /** Forgets a card; one that is not there is forgotten. */
  removeCard(external_id: string, signal: AbortSignal): Promise<void>;
  openCheckout(request: CheckoutRequest, signal: AbortSignal): Promise<OpenedCheckout>;
  readCheckout(
    checkout: { external_id: string; is_over: boolean },
    signal: AbortSignal,
  ): Promise<CheckoutState>;
  /** What a stored event means, asking where it must; undefined where it is about nothing of ours. */
  readNews?(payload: string, signal: AbortSignal): Promise<PaymentNews | undefined>;
  /** Books what follows by itself from a payment that succeeded, in the transaction that settles it. */
  afterCharge?(tx: Tx, payment: SettledPayment, now: Date): Promise<void>;
}
