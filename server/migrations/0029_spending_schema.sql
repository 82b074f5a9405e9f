-- Tokens that are bought by themselves, and how much a tenant may spend.

-- What a tenant wants, and where its last attempts have got to. The row is the lock under which a top-up begins.
create table tallystick.auto_top_ups (
  tenant_id uuid primary key references tallystick.tenants (tenant_id),
  threshold_tokens bigint not null check (threshold_tokens between 1 and 9007199254740991),
  tokens_to_purchase bigint not null check (tokens_to_purchase between 1 and 9007199254740991),
  monthly_ceiling_cents bigint not null check (monthly_ceiling_cents between 1 and 9007199254740991),
  enabled boolean not null,
  -- In a row, of one card. Three end it until the card or the settings change.
  declines smallint not null default 0 check (declines between 0 and 3),
  paused_reason text check (paused_reason in ('ceiling_reached', 'spend_cap_reached', 'payment_declined',
    'declined_three_times', 'payment_method_missing', 'payments_unavailable', 'purchase_refused')),
  -- Null with a reason: until somebody changes something.
  paused_until timestamptz,
  -- The card that was declined, in the provider's name; null where there was none.
  failed_method text,
  last_attempt_at timestamptz,
  last_failure_code text,
  last_failure_reason text check (char_length(last_failure_reason) <= 500),
  last_failure_at timestamptz,
  updated_at timestamptz not null,
  check (paused_reason is not null or (paused_until is null and declines = 0)),
  check (declines < 3 or paused_reason = 'declined_three_times'),
  check (num_nulls(last_failure_code, last_failure_reason, last_failure_at) in (0, 3))
);
create index auto_top_ups_on on tallystick.auto_top_ups (tenant_id) where enabled;

-- What a tenant may spend in a billing period, by its own word and by the operator's; both hold. The rows are the lock
-- under which a purchase is let in.
create table tallystick.spend_caps (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  set_by text not null check (set_by in ('tenant', 'operator')),
  limit_cents bigint not null check (limit_cents between 0 and 9007199254740991),
  action text not null check (action in ('notify', 'block')),
  -- When it was first seen to be reached, and in which period; nothing of an earlier period counts.
  reached_at timestamptz,
  reached_period_start timestamptz,
  updated_at timestamptz not null,
  primary key (tenant_id, set_by),
  check ((reached_at is null) = (reached_period_start is null))
);
