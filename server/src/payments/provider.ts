/** A charge to make: `idempotency_key` names it at the provider, so that repeating it charges once. */
export interface Charge {
  idempotency_key: string;
  tenant_id: string;
  amount_cents: bigint;
  currency: string;
  payment_method: string | null;
}

/** A payment to give back, whole or in part. */
export interface Repayment {
  idempotency_key: string;
  tenant_id: string;
  external_transaction_id: string;
  amount_cents: bigint;
  currency: string;
}

export type PaymentResult =
  | { status: 'succeeded'; external_transaction_id: string | null }
  | { status: 'declined'; reason: string };

/**
 * Who takes the money. Both calls are idempotent by their key: a repeat answers what the first one did. They throw
 * where the outcome is unknown (a time-out, a lost connection); the caller repeats them later under the same key.
 */
export interface PaymentProvider {
  readonly name: string;
  /** How long it may take to answer, in milliseconds; PAYMENT_DEADLINE_MS where it does not say. */
  readonly deadline_ms?: number;
  charge(charge: Charge, signal: AbortSignal): Promise<PaymentResult>;
  repay(repayment: Repayment, signal: AbortSignal): Promise<PaymentResult>;
}
