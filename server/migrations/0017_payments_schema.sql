-- Who pays how: customers and methods of a provider, checkouts, what providers report, and disputes.

-- failure_code is stable and for programs, failure_reason a sentence. action_url is where the owner of a card confirms
-- a payment that waits for it. payment_customer is the provider's name for who is charged.
alter table tallystick.billing_transactions
  add column failure_reason text check (char_length(failure_reason) <= 500),
  add column action_url text check (char_length(action_url) <= 4000),
  add column payment_customer text;

-- ---------------------------------------------------------------------------------------------- customers and methods

create table tallystick.payment_customers (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  provider text not null,
  external_customer_id text not null,
  created_at timestamptz not null,
  primary key (tenant_id, provider)
);

-- A card is never here: the provider has it, and this is its name there and what its owner knows it by.
create table tallystick.payment_methods (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  payment_method_id uuid not null,
  provider text not null,
  external_id text not null,
  brand text not null check (char_length(brand) <= 40),
  last4 text check (last4 ~ '^[0-9]{4}$'),
  expires_month smallint check (expires_month between 1 and 12),
  expires_year smallint check (expires_year between 2000 and 9999),
  is_default boolean not null,
  created_at timestamptz not null,
  removed_at timestamptz,
  primary key (tenant_id, payment_method_id),
  check (removed_at is null or not is_default)
);
create unique index payment_methods_once on tallystick.payment_methods (tenant_id, provider, external_id)
  where removed_at is null;
create unique index payment_methods_one_default on tallystick.payment_methods (tenant_id, provider) where is_default;

-- A page of the provider on which somebody saves a card or pays. checkout_id is the transaction_id of a purchase.
create table tallystick.payment_checkouts (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  checkout_id uuid not null,
  provider text not null,
  purpose text not null check (purpose in ('setup', 'token_purchase')),
  tokens_to_purchase bigint check (tokens_to_purchase >= 1),
  amount_cents bigint check (amount_cents >= 1),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  price_version text,
  success_url text not null check (char_length(success_url) <= 2000),
  cancel_url text not null check (char_length(cancel_url) <= 2000),
  external_id text,
  checkout_url text,
  status text not null check (status in ('open', 'completed', 'expired')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, checkout_id),
  check (num_nulls(tokens_to_purchase, amount_cents, price_version) = case purpose when 'token_purchase' then 0 else 3 end),
  check ((status = 'open') = (ended_at is null))
);

-- ---------------------------------------------------------------------------------------------- what providers report

-- Events as they came, for the tenant whose account at the provider it is: the root. Whom one is about is found later.
create table tallystick.payment_events (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  provider text not null,
  event_id text collate "C" not null check (char_length(event_id) between 1 and 255),
  payment_event_id uuid not null,
  type text not null,
  payload jsonb not null,
  status text not null check (status in ('received', 'processed', 'ignored')),
  received_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, provider, event_id),
  unique (tenant_id, payment_event_id),
  check ((status = 'received') = (ended_at is null))
);

-- A payment that its payer's bank takes back. While it is open, secured_cents of the price are held with their tokens by
-- the pending transaction reversal_transaction_id.
create table tallystick.disputes (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  dispute_id uuid not null,
  provider text not null,
  external_id text not null,
  transaction_id uuid not null,
  reversal_transaction_id uuid,
  amount_cents bigint not null check (amount_cents >= 0),
  secured_cents bigint not null check (secured_cents between 0 and amount_cents),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null check (status in ('needs_response', 'under_review', 'won', 'lost')),
  reason text not null check (char_length(reason) <= 100),
  opened_at timestamptz not null,
  closed_at timestamptz,
  primary key (tenant_id, dispute_id),
  unique (tenant_id, provider, external_id),
  foreign key (tenant_id, transaction_id) references tallystick.billing_transactions (tenant_id, transaction_id),
  foreign key (tenant_id, reversal_transaction_id) references tallystick.billing_transactions (tenant_id, transaction_id),
  check ((status in ('won', 'lost')) = (closed_at is not null))
);
create index disputes_by_time on tallystick.disputes (tenant_id, opened_at desc, dispute_id desc);
create index disputes_by_transaction on tallystick.disputes (tenant_id, transaction_id);
