import type { RoleName } from './as-role.ts';

/**
 * Everything that a role may do in the schema: what is not here, nobody but the owner may. An update lists the columns.
 * A change of a policies migration changes this table too, and the two are read side by side.
 */
export const PRIVILEGE_MATRIX: Record<RoleName, Record<string, Partial<Record<string, string>>>> = {
  tallystick_app: {
    tenants: {
      select: '*',
      insert: '*',
      update: 'name shortfall_cap_tokens tier_name tier_owner_id tier_version',
    },
    tenant_slugs: { select: '*', insert: '*' },
    subscription_tiers: { select: '*', insert: '*' },
    api_keys: { select: '*', insert: '*', update: 'expires_at last_used_at revoked_at rotated_at' },
    api_key_directory: { select: '*', insert: '*', delete: '*', update: 'expires_at' },
    accounts: { select: '*', insert: '*' },
    billing_transactions: {
      select: '*',
      insert: '*',
      update:
        'action_url balance_after book_version external_transaction_id failure_code failure_reason settled_at status',
    },
    transfers: { select: '*', insert: '*' },
    ai_token_features: { select: '*', insert: '*', update: 'title' },
    ai_token_balances: {
      select: '*',
      insert: '*',
      update:
        'book_version head_grant_id head_price_cents head_recognised_cents head_tokens head_tokens_held head_tokens_used last_entry_at last_purchase_at last_usage_at tokens_expired tokens_granted tokens_held tokens_purchased tokens_refunded tokens_shortfall tokens_used',
    },
    ai_token_grants_merged: { select: '*' },
    ai_token_grants: {
      select: '*',
      insert: '*',
      update:
        'breakage_cents closed_at recognised_cents refunded_cents tokens_expired tokens_held tokens_refunded tokens_used',
    },
    ai_token_usage: { select: '*', insert: '*' },
    ai_token_holds: {
      select: '*',
      insert: '*',
      update: 'balance_after ended_at release_reason released_by settled_tokens status usage_id',
    },
    request_keys: {
      select: '*',
      insert: '*',
      delete: '*',
      update: 'body_hash created_at expires_at ref_id response status_code',
    },
    due_work: { select: '*', insert: '*', delete: '*', update: 'attempts last_error next_due_at' },
    test_clocks: { select: '*' },
    rate_limit_policies: {
      select: '*',
      insert: '*',
      delete: '*',
      update: 'api_key_id cost endpoint limit on_store_failure set_by_operator updated_at window_seconds',
    },
    billing_details: {
      select: '*',
      insert: '*',
      update:
        'address_line1 address_line2 city country email legal_name postal_code region sales_tax_behavior tax_behavior tax_exempt tax_id time_zone updated_at',
    },
    tax_rates: { select: '*', insert: '*', delete: '*', update: 'valid_to' },
    coupons: { select: '*', insert: '*', update: 'active redemptions updated_at' },
    coupon_redemptions: { select: '*', insert: '*', update: 'ended_at used_count' },
    ledger_entries: { select: '*' },
    // Only where no tenant is set.
    sign_in_users: { select: '*', insert: '*', delete: '*', update: 'name updated_at' },
    sign_in_sessions: { select: '*', insert: '*', delete: '*', update: 'expires_at updated_at' },
    sign_in_accounts: { select: '*', insert: '*', delete: '*', update: 'password updated_at' },
    sign_in_verifications: { select: '*', insert: '*', delete: '*' },
    sign_in_attempts: { select: '*', insert: '*', delete: '*', update: 'count last_request' },
    billing_periods: {
      select: '*',
      insert: '*',
      update: 'allowance_calls closed_at ends_at included_calls rated_calls status',
    },
    billing_cycles: { select: '*', insert: '*', delete: '*', update: 'anchor_at time_zone' },
    subscriptions: {
      select: '*',
      insert: '*',
      update:
        'anchor_at cancel_at_period_end current_period_end current_period_start custom_price end_reason ended_at included_grant_ids next_cycle_at next_price_cents next_tier_name next_tier_owner_id next_tier_version paused_at pending_at pending_invoice_id pending_price_cents pending_tier_name pending_tier_owner_id pending_tier_version price_cents started_at status tier_name tier_owner_id tier_version trial_ends_at',
    },
    subscription_phases: { select: '*', insert: '*', update: 'ends_at' },
    invoices: {
      select: '*',
      insert: '*',
      update:
        'amount_due_cents amount_paid_cents amount_refunded_cents credit_applied_cents details discount_cents due_at ended_at finalized_at last_payment_error next_payment_at number paid_at payment_attempts status subtotal_cents tax_behavior tax_cents total_cents',
    },
    invoice_lines: {
      select: '*',
      insert: '*',
      delete: '*',
      update: 'discount_cents tax_cents tax_name tax_rate_percent',
    },
    billed_sources: { select: '*', insert: '*', delete: '*' },
    invoice_numbers: { select: '*', insert: '*', update: 'next_number prefix' },
    customer_credits: { select: '*', insert: '*', update: 'credit_cents' },
    revenue_schedules: {
      select: '*',
      insert: '*',
      delete: '*',
      update: 'done recognised_cents recognised_until',
    },
    api_usage: { select: '*', insert: '*' },
    api_usage_keys: { select: '*', insert: '*' },
    api_usage_hours: {
      select: '*',
      insert: '*',
      update: 'response_time_ms_max response_time_ms_total successful_calls total_calls',
    },
    api_usage_latencies: { select: '*', insert: '*', update: 'total_calls' },
    api_usage_days: { select: '*', insert: '*', update: 'response_time_ms_total total_calls' },
    api_usage_seals: { select: '*' },
    payment_customers: { select: '*', insert: '*' },
    payment_methods: { select: '*', insert: '*', update: 'is_default removed_at' },
    payment_checkouts: {
      select: '*',
      insert: '*',
      update: 'checkout_url ended_at expires_at external_id status',
    },
    payment_events: { select: '*', insert: '*', update: 'ended_at status' },
    disputes: { select: '*', insert: '*', update: 'closed_at status' },
    closed_months: { select: '*', insert: '*' },
  },
  // The batch writers: the hot tables, and what a debit or a hold needs of them.
  tallystick_lane: {
    ai_token_balances: {
      select: '*',
      update:
        'book_version closed_until head_grant_id head_price_cents head_recognised_cents head_tokens head_tokens_held head_tokens_used last_entry_at last_usage_at tokens_held tokens_shortfall tokens_used',
    },
    ai_token_grants: { select: '*', update: 'closed_at recognised_cents tokens_held tokens_used' },
    ai_token_usage: { select: '*', insert: '*' },
    ai_token_holds: {
      select: '*',
      insert: '*',
      update: 'balance_after ended_at release_reason released_by settled_tokens status usage_id',
    },
    request_keys: { select: '*', insert: '*' },
    tenants: { select: 'currency tenant_id' },
    billing_periods: { select: '*', insert: '*', update: 'created_at' },
    billing_cycles: { select: '*' },
    api_usage: { insert: '*' },
    api_usage_keys: { select: 'id source tenant_id', insert: '*' },
    api_usage_hours: {
      select: '*',
      insert: '*',
      update: 'response_time_ms_max response_time_ms_total successful_calls total_calls',
    },
    api_usage_latencies: { select: '*', insert: '*', update: 'total_calls' },
    api_usage_days: { select: '*', insert: '*', update: 'response_time_ms_total total_calls' },
    due_work: { select: 'kind ref_id tenant_id', insert: '*', delete: '*' },
  },
  // Jobs and reports: read, and write the schedule, the clocks and expired keys, never a book.
  tallystick_job: {
    tenants: { select: '*' },
    tenant_slugs: { select: '*' },
    subscription_tiers: { select: '*' },
    api_keys: { select: '*' },
    accounts: { select: '*' },
    billing_transactions: { select: '*' },
    transfers: { select: '*' },
    ai_token_features: { select: '*' },
    ai_token_balances: { select: '*' },
    ai_token_grants: { select: '*' },
    ai_token_grants_merged: { select: '*' },
    ai_token_usage: { select: '*' },
    ai_token_holds: { select: '*' },
    request_keys: { select: '*', delete: '*' },
    due_work: { select: '*', insert: '*', delete: '*', update: 'attempts last_error next_due_at' },
    test_clocks: { select: '*', insert: '*', update: 'offset_ms updated_at' },
    rate_limit_policies: { select: '*' },
    billing_details: { select: '*' },
    tax_rates: { select: '*' },
    coupons: { select: '*' },
    coupon_redemptions: { select: '*' },
    ledger_entries: { select: '*' },
    billing_periods: { select: '*' },
    billing_cycles: { select: '*' },
    subscriptions: { select: '*' },
    subscription_phases: { select: '*' },
    invoices: { select: '*', update: 'number' },
    invoice_lines: { select: '*' },
    billed_sources: { select: '*' },
    invoice_numbers: { select: '*', insert: '*', update: 'next_number' },
    customer_credits: { select: '*' },
    revenue_schedules: { select: '*' },
    api_usage: { select: '*' },
    api_usage_keys: { select: '*', delete: '*' },
    api_usage_hours: { select: '*' },
    api_usage_latencies: { select: '*' },
    api_usage_days: { select: '*' },
    api_usage_seals: { select: '*', insert: '*' },
    payment_customers: { select: '*' },
    payment_methods: { select: '*' },
    payment_checkouts: { select: '*' },
    payment_events: { select: '*' },
    disputes: { select: '*' },
    closed_months: { select: '*' },
  },
};

/** What is written once and never changed: no role may update or delete there. */
export const APPEND_ONLY = [
  'transfers',
  'ai_token_usage',
  'accounts',
  'tenant_slugs',
  'ledger_entries',
  'api_usage',
  'api_usage_seals',
  'closed_months',
] as const;
