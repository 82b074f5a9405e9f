import { AT, idOf, LATER, type RowMaker } from './row-ids.ts';

/** How a row of each table about payments looks. */
export const PAYMENT_ROWS: Record<string, RowMaker> = {
  payment_customers: (tenant) => ({
    provider: 'sandbox',
    external_customer_id: `customer of ${tenant}`,
    created_at: AT,
  }),
  payment_methods: (tenant, number) => ({
    payment_method_id: idOf(tenant, number, 'method'),
    provider: 'sandbox',
    external_id: `card ${number}`,
    brand: 'sandbox',
    is_default: number === 0,
    created_at: AT,
  }),
  payment_checkouts: (tenant, number) => ({
    checkout_id: idOf(tenant, number, 'checkout'),
    provider: 'sandbox',
    purpose: 'setup',
    currency: 'USD',
    success_url: 'https://host.example/paid',
    cancel_url: 'https://host.example/left',
    status: 'open',
    created_at: AT,
    expires_at: LATER,
  }),
  payment_events: (tenant, number) => ({
    provider: 'stripe',
    event_id: `event ${number}`,
    payment_event_id: idOf(tenant, number, 'event'),
    type: 'charge.succeeded',
    payload: {},
    status: 'received',
    received_at: AT,
  }),
  disputes: (tenant, number) => ({
    dispute_id: idOf(tenant, number, 'dispute'),
    provider: 'sandbox',
    external_id: `dispute ${number}`,
    transaction_id: idOf(tenant, 0, 'transaction'),
    amount_cents: 1,
    secured_cents: 0,
    currency: 'USD',
    status: 'needs_response',
    reason: 'fraudulent',
    opened_at: AT,
  }),
  auto_top_ups: () => ({
    threshold_tokens: 1,
    tokens_to_purchase: 1000,
    monthly_ceiling_cents: 100,
    enabled: true,
    declines: 0,
    updated_at: AT,
  }),
  spend_caps: (_tenant, number) => ({
    set_by: ['tenant', 'operator'][number] ?? 'operator',
    limit_cents: 1,
    action: 'block',
    updated_at: AT,
  }),
};
