/** What an e-mail can be about. */
export const EMAIL_KINDS = [
  'invoice_issued',
  'payment_received',
  'payment_declined',
  'payment_needs_confirmation',
  'subscription_suspended',
  'subscription_recovered',
  'trial_ending',
  'subscription_cancelled',
  'refund_issued',
] as const;
export type EmailKind = (typeof EMAIL_KINDS)[number];

/** An amount of money. */
export interface Money {
  /** In the minor unit of `currency`. */
  cents: bigint;
  currency: string;
}

/** What happens once a declined payment is not tried again, or where it never will be. */
export type AfterDecline = 'suspended' | 'stays_owed' | 'not_started' | 'not_changed';

/** What the e-mail of each kind tells. */
export interface EmailFacts {
  invoice_issued: { total: Money; credit_applied: Money; due: Money; due_on: Date };
  payment_received: { amount: Money; paid_on: Date; tokens: bigint | null };
  payment_declined: {
    amount: Money;
    /** The provider's words. */
    reason: string;
    /** Counts from 1. */
    attempt: number;
    attempts_max: number;
    /** Null where it is not tried again. */
    next_on: Date | null;
    after_last: AfterDecline;
  };
  payment_needs_confirmation: { amount: Money; action_url: string };
  subscription_suspended: { plan: string; owed: Money; ends_on: Date };
  subscription_recovered: { plan: string; renews_on: Date };
  trial_ending: { plan: string; ends_on: Date; price: Money; interval: 'month' | 'year' };
  /** `unpaid`: nobody asked for it; what was owed was not paid. */
  subscription_cancelled: { plan: string; ends_on: Date; ended: boolean; unpaid: boolean };
  refund_issued: { amount: Money; reason: string };
}

/** What an e-mail is composed from, by its kind. */
export type EmailContent = { [Kind in EmailKind]: { kind: Kind; facts: EmailFacts[Kind] } }[EmailKind];
