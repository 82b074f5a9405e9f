import type { ErrorEntry } from './error-entry.ts';

/** The codes of entitlements, subscriptions and invoices; part of the registry. */
export const billingErrors = {
  entitlement_exceeded: {
    status: 402,
    title: 'The tier does not include that much',
    explanation:
      'The use would pass the limit of the tier for this billing period, or the tier does not have the feature, and beyond it nothing is sold. Nothing was recorded. "limit", "used" and "remaining" say how far it goes.',
    remedy:
      'Move to a tier that includes more, ask for "remaining" at most, or wait until GET /entitlements/{feature} says that it begins again (resets_at).',
  },
  spend_cap_reached: {
    status: 402,
    title: 'The spend cap is reached',
    explanation:
      'With this, more would be spent in the billing period than a cap of the tenant or of the operator allows. Nothing was bought and nothing recorded. "limit_cents", "spent_cents" and "would_be_cents" are the figures, "set_by" says whose cap it is.',
    remedy:
      'Spend less, raise the cap with PUT /spend-cap (that of the operator only the operator can), or wait for the next billing period.',
  },
  email_sent: {
    status: 409,
    title: 'The e-mail was sent',
    explanation: 'The mail server has taken the e-mail. It would come twice.',
    remedy: 'Look into the mailbox, and its junk. GET /emails/{email_id} has the words of the e-mail.',
  },
  price_not_offered: {
    status: 422,
    title: 'The tier is not sold like that',
    explanation: "The tier has no price in the tenant's currency for the interval.",
    remedy:
      'Choose an interval that GET /subscription-tiers shows, or agree on a price (custom_price_cents).',
  },
  subscription_exists: {
    status: 409,
    title: 'There is a subscription already',
    explanation: 'A tenant has one subscription at a time.',
    remedy: 'Change it with POST /subscriptions/current/change, or cancel it first.',
  },
  subscription_missing: {
    status: 404,
    title: 'There is no subscription',
    explanation: 'The tenant has no subscription under way: it never had one, or the last one has ended.',
    remedy: 'Start one with POST /subscriptions.',
  },
  subscription_unchanged: {
    status: 409,
    title: 'The subscription is like that already',
    explanation: 'The change would change neither the tier, nor its version, nor the price.',
    remedy: 'Nothing is to be done. Read it with GET /subscriptions/current.',
  },
  subscription_not_changeable: {
    status: 409,
    title: 'The subscription cannot do that now',
    explanation: 'What is asked for takes another status than the subscription has.',
    remedy: 'A paused one is resumed first; a suspended one is back when its invoice is paid.',
  },
  subscription_change_pending: {
    status: 409,
    title: 'Another change is being paid',
    explanation: 'A change waits for its payment, and only the same change can join it.',
    remedy: 'Wait until the payment has ended, and ask again.',
  },
  trial_used: {
    status: 409,
    title: 'The tenant has had a trial',
    explanation: 'A tenant gives itself one trial.',
    remedy: 'Subscribe without trial_days, or ask the operator for another trial.',
  },
  invoice_not_draft: {
    status: 409,
    title: 'The invoice is no draft any more',
    explanation: 'An invoice is finalized once. From then on it does not change.',
    remedy: 'Read it with GET /invoices/{invoice_id}.',
  },
  invoice_not_payable: {
    status: 409,
    title: 'Nothing is owed on the invoice',
    explanation:
      'Only a finalized invoice that is not paid can be paid or given up; a draft is owed by nobody yet.',
    remedy: 'Read its status with GET /invoices/{invoice_id}.',
  },
  invoice_not_voidable: {
    status: 409,
    title: 'The invoice cannot be voided',
    explanation: 'What was paid, or given up, is corrected by a refund and not by voiding.',
    remedy: 'Refund the payment with POST /refunds.',
  },
  invoice_being_paid: {
    status: 409,
    title: 'The invoice is being paid',
    explanation: 'A payment of the invoice is under way, and how it ends is not known yet.',
    remedy: 'Wait for the payment to end, and ask again.',
  },
  month_not_over: {
    status: 409,
    title: 'The month is not over',
    explanation: 'A month is closed once it is over for the seller and for each of its tenants.',
    remedy: 'Close it after its end. A tenant with a test clock of its own may lag behind: advance that.',
  },
  month_not_ready: {
    status: 409,
    title: 'The month cannot be closed yet',
    explanation: 'Something that belongs to the month is still to be booked, or the month before it is open.',
    remedy: 'Wait for the work that the detail names, which runs by itself, or close the month before first.',
  },
} as const satisfies Record<string, ErrorEntry>;
