-- Tenants, keys, the book (journal, transfers, grants, usage, holds), due work and request keys.

-- SET LOCAL through EXECUTE and not set_config(): Citus propagates only the former to its workers.
create function tallystick.set_tenant(tenant uuid) returns void language plpgsql as $$
begin
  execute format('set local tallystick.tenant_id = %L', tenant::text);
end $$;

-- The tenant of this transaction, or null. An empty setting (left by an earlier transaction) is no tenant.
create function tallystick.current_tenant_id() returns uuid language sql stable as $$
  select nullif(current_setting('tallystick.tenant_id', true), '')::uuid
$$;

-- ---------------------------------------------------------------------------------------------- tenants

create table tallystick.tenants (
  tenant_id uuid primary key,
  parent_tenant_id uuid references tallystick.tenants (tenant_id),
  name text not null check (char_length(name) between 1 and 200),
  slug text check (slug ~ '^[a-z0-9](-?[a-z0-9])*$' and char_length(slug) <= 63),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  tier_name text not null,
  shortfall_cap_tokens bigint not null default 100000 check (shortfall_cap_tokens between 0 and 9007199254740991),
  created_at timestamptz not null
);
create index tenants_by_parent on tallystick.tenants (parent_tenant_id, created_at desc, tenant_id desc);

-- A slug is unique among the tenants of one seller, so the rows are the seller's.
create table tallystick.tenant_slugs (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  slug text not null,
  child_tenant_id uuid not null,
  primary key (tenant_id, slug)
);

create table tallystick.subscription_tiers (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  tier_id uuid not null,
  tier_name text not null,
  title text not null,
  may_have_child_tenants boolean not null,
  created_at timestamptz not null,
  primary key (tenant_id, tier_id),
  unique (tenant_id, tier_name)
);

create table tallystick.api_keys (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  api_key_id uuid not null,
  name text not null check (char_length(name) between 1 and 200),
  scopes text[] not null check (scopes <@ array['read', 'write', 'admin'] and cardinality(scopes) > 0),
  expires_at timestamptz,
  revoked_at timestamptz,
  rotated_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, api_key_id)
);

-- The directory of secrets: only their SHA-256. A rotated key has two rows until the old one's expires_at.
create table tallystick.api_key_directory (
  key_hash bytea primary key check (octet_length(key_hash) = 32),
  owner_id uuid not null,
  api_key_id uuid not null,
  expires_at timestamptz
);
create index api_key_directory_by_owner on tallystick.api_key_directory (owner_id, api_key_id);

-- ---------------------------------------------------------------------------------------------- the ledger

create table tallystick.accounts (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  account text not null,
  asset text not null,
  created_at timestamptz not null,
  primary key (tenant_id, account, asset)
);

-- The journal. status moves once, and a row has a book_version exactly when it is settled.
create table tallystick.billing_transactions (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  transaction_id uuid not null,
  type text not null check (type in ('token_purchase', 'token_grant', 'token_expiry', 'refund')),
  status text not null check (status in ('pending', 'settled', 'failed')),
  amount_cents bigint not null default 0 check (amount_cents >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  tokens bigint not null default 0 check (tokens between 0 and 9007199254740991),
  book_version bigint,
  provider text,
  payment_method text,
  external_transaction_id text,
  idempotency_key text,
  price_version text,
  reason text,
  failure_code text,
  reverses_transaction_id uuid,
  balance_after bigint check (balance_after >= 0),
  created_at timestamptz not null,
  settled_at timestamptz,
  primary key (tenant_id, transaction_id),
  foreign key (tenant_id, reverses_transaction_id) references tallystick.billing_transactions (tenant_id, transaction_id),
  check ((status = 'settled') = (book_version is not null and settled_at is not null)),
  check (type <> 'refund' or reverses_transaction_id is not null)
);
create index billing_transactions_by_time on tallystick.billing_transactions (tenant_id, created_at desc, transaction_id desc);
create index billing_transactions_by_reversal on tallystick.billing_transactions (tenant_id, reverses_transaction_id)
  where reverses_transaction_id is not null;
create index billing_transactions_pending on tallystick.billing_transactions (tenant_id) where status = 'pending';

-- One row names both sides, so an unbalanced entry cannot be written down.
create table tallystick.transfers (
  tenant_id uuid not null,
  created_at timestamptz not null,
  transfer_id uuid not null,
  transaction_id uuid not null,
  book_version bigint not null,
  debit_account text not null,
  credit_account text not null,
  asset text not null,
  amount bigint not null check (amount > 0),
  grant_id uuid,
  primary key (tenant_id, created_at, transfer_id),
  check (debit_account <> credit_account),
  foreign key (tenant_id, transaction_id) references tallystick.billing_transactions (tenant_id, transaction_id),
  foreign key (tenant_id, debit_account, asset) references tallystick.accounts (tenant_id, account, asset),
  foreign key (tenant_id, credit_account, asset) references tallystick.accounts (tenant_id, account, asset)
) partition by range (created_at);
create table tallystick.transfers_default partition of tallystick.transfers default;
create index transfers_by_version on tallystick.transfers (tenant_id, book_version);
create index transfers_by_transaction on tallystick.transfers (tenant_id, transaction_id);

-- ---------------------------------------------------------------------------------------------- AI tokens

-- The feature types that may use tokens. The root's rows are the platform's.
create table tallystick.ai_token_features (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  feature_type text not null check (feature_type ~ '^[a-z][a-z0-9_]{0,62}$'),
  title text not null check (char_length(title) between 1 and 200),
  created_at timestamptz not null,
  primary key (tenant_id, feature_type)
);

-- The projection that the hot path checks, and the lock of a tenant's book: who changes grants, holds or balances
-- locks this row and raises book_version.
create table tallystick.ai_token_balances (
  tenant_id uuid primary key references tallystick.tenants (tenant_id),
  book_version bigint not null,
  tokens_purchased bigint not null check (tokens_purchased >= 0),
  tokens_granted bigint not null check (tokens_granted >= 0),
  tokens_refunded bigint not null check (tokens_refunded >= 0),
  tokens_used bigint not null check (tokens_used >= 0),
  tokens_held bigint not null check (tokens_held >= 0),
  tokens_expired bigint not null check (tokens_expired >= 0),
  tokens_shortfall bigint not null check (tokens_shortfall >= 0),
  last_purchase_at timestamptz,
  last_usage_at timestamptz,
  last_entry_at timestamptz not null,
  check (tokens_purchased + tokens_granted <= 9007199254740991),
  check (tokens_purchased + tokens_granted - tokens_refunded - tokens_used - tokens_held - tokens_expired >= 0)
) with (fillfactor = 50);

-- A grant is a lot of tokens, sold or given. deferred_cents is what its price has not yet earned:
-- price = recognised + breakage + refunded + deferred, always.
create table tallystick.ai_token_grants (
  tenant_id uuid not null,
  grant_id uuid not null,
  transaction_id uuid not null,
  book_version bigint not null,
  source text not null check (source in ('sold', 'given')),
  priority smallint not null check (priority between 0 and 1000),
  expires_at timestamptz,
  tokens bigint not null check (tokens between 1 and 9007199254740991),
  tokens_used bigint not null default 0 check (tokens_used >= 0),
  tokens_held bigint not null default 0 check (tokens_held >= 0),
  tokens_refunded bigint not null default 0 check (tokens_refunded >= 0),
  tokens_expired bigint not null default 0 check (tokens_expired >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  price_cents bigint not null check (price_cents >= 0),
  price_version text,
  recognised_cents bigint not null default 0 check (recognised_cents >= 0),
  breakage_cents bigint not null default 0 check (breakage_cents >= 0),
  refunded_cents bigint not null default 0 check (refunded_cents >= 0),
  reason text,
  created_at timestamptz not null,
  closed_at timestamptz,
  primary key (tenant_id, grant_id),
  foreign key (tenant_id, transaction_id) references tallystick.billing_transactions (tenant_id, transaction_id),
  check (tokens_used + tokens_held + tokens_refunded + tokens_expired <= tokens),
  check (recognised_cents + breakage_cents + refunded_cents <= price_cents),
  check (source = 'sold' or (price_cents = 0 and tokens_refunded = 0)),
  check ((closed_at is not null) = (tokens_used + tokens_refunded + tokens_expired = tokens)),
  check (closed_at is null or recognised_cents + breakage_cents + refunded_cents = price_cents)
) with (fillfactor = 70);
-- The open grants of a book, in the order in which they burn. The predicate names no counter, so that an update of
-- the counters stays a heap-only one.
create index ai_token_grants_open on tallystick.ai_token_grants (tenant_id, priority, expires_at, book_version)
  where closed_at is null;
create index ai_token_grants_by_transaction on tallystick.ai_token_grants (tenant_id, transaction_id);

-- The journal of tokens and of the revenue that their use recognises. tokens_used = what grants paid for
-- + shortfall_tokens. The arrays have one element for each grant that was burned, so a receipt replays from its row.
create table tallystick.ai_token_usage (
  tenant_id uuid not null,
  occurred_at timestamptz not null,
  usage_id uuid not null,
  book_version bigint not null,
  feature_type text not null,
  tokens_used bigint not null check (tokens_used >= 0),
  shortfall_tokens bigint not null default 0 check (shortfall_tokens between 0 and tokens_used),
  shortfall_refused_tokens bigint not null default 0 check (shortfall_refused_tokens >= 0),
  balance_before bigint not null check (balance_before >= 0),
  balance_after bigint not null check (balance_after >= 0),
  request_id text,
  user_id text,
  metadata jsonb,
  hold_id uuid,
  currency text not null,
  recognised_cents bigint not null check (recognised_cents >= 0),
  grant_ids uuid[] not null,
  grant_tokens bigint[] not null,
  grant_left_before bigint[] not null,
  grant_deferred_before_cents bigint[] not null,
  grant_recognised_cents bigint[] not null,
  primary key (tenant_id, occurred_at, usage_id),
  check (tokens_used + shortfall_refused_tokens > 0),
  check (cardinality(grant_ids) = cardinality(grant_tokens)
         and cardinality(grant_ids) = cardinality(grant_left_before)
         and cardinality(grant_ids) = cardinality(grant_deferred_before_cents)
         and cardinality(grant_ids) = cardinality(grant_recognised_cents))
) partition by range (occurred_at);
create table tallystick.ai_token_usage_default partition of tallystick.ai_token_usage default;
create index ai_token_usage_by_version on tallystick.ai_token_usage (tenant_id, book_version);

-- A hold pins tokens of named grants (grant_ids, grant_tokens) until it is settled or released.
create table tallystick.ai_token_holds (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  hold_id uuid not null,
  request_id text not null,
  feature_type text not null,
  user_id text,
  tokens bigint not null check (tokens between 1 and 2147483647),
  status text not null check (status in ('held', 'expired', 'settled', 'released')),
  grant_ids uuid[] not null,
  grant_tokens bigint[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  grace_until timestamptz not null,
  ended_at timestamptz,
  released_by text check (released_by in ('owner', 'policy')),
  release_reason text,
  usage_id uuid,
  settled_tokens bigint,
  balance_after bigint check (balance_after >= 0),
  primary key (tenant_id, hold_id),
  check (cardinality(grant_ids) = cardinality(grant_tokens)),
  check ((status = 'settled') = (usage_id is not null)),
  check (status <> 'released' or released_by is not null)
) with (fillfactor = 70);
create index ai_token_holds_by_time on tallystick.ai_token_holds (tenant_id, created_at desc, hold_id desc);
create index ai_token_holds_open on tallystick.ai_token_holds (tenant_id, hold_id) where status in ('held', 'expired');

-- Every line of a book, stored or derived: transfers, and the ledger sides of each usage row.
create view tallystick.ledger_entries with (security_invoker = true) as
  select tenant_id, book_version, created_at, transaction_id, null::uuid as usage_id,
         debit_account, credit_account, asset, amount
    from tallystick.transfers
  union all
  select tenant_id, book_version, occurred_at, null, usage_id,
         'tokens_available', 'tokens_consumed', 'AI_TOKEN', tokens_used - shortfall_tokens
    from tallystick.ai_token_usage where tokens_used > shortfall_tokens
  union all
  select tenant_id, book_version, occurred_at, null, usage_id,
         'tokens_shortfall', 'tokens_consumed', 'AI_TOKEN', shortfall_tokens
    from tallystick.ai_token_usage where shortfall_tokens > 0
  union all
  select tenant_id, book_version, occurred_at, null, usage_id,
         'deferred_revenue', 'recognised_revenue', currency, recognised_cents
    from tallystick.ai_token_usage where recognised_cents > 0;

-- ---------------------------------------------------------------------------------------------- once only

-- One table of keys for Idempotency-Key headers and for request_id and transaction_id, told apart by namespace.
-- status_code is null while a payment intent holds the key.
create table tallystick.request_keys (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  namespace text collate "C" not null,
  key text collate "C" not null check (char_length(key) between 1 and 255),
  body_hash bytea not null,
  status_code smallint,
  response jsonb,
  ref_id uuid,
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (tenant_id, namespace, key)
);
create index request_keys_expiring on tallystick.request_keys (expires_at) where expires_at is not null;

-- ---------------------------------------------------------------------------------------------- time

-- Whatever falls due, one row each. The runner takes them in the order of next_due_at, tenant by tenant.
create table tallystick.due_work (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  kind text not null,
  ref_id uuid not null,
  next_due_at timestamptz not null,
  attempts integer not null default 0,
  last_error text,
  primary key (tenant_id, kind, ref_id)
);
create index due_work_by_time on tallystick.due_work (next_due_at, tenant_id, kind, ref_id);

-- How far a tenant's clock is ahead of the wall; the root's row is everybody's who has none.
create table tallystick.test_clocks (
  tenant_id uuid primary key references tallystick.tenants (tenant_id),
  offset_ms bigint not null,
  updated_at timestamptz not null
);

-- ---------------------------------------------------------------------------------------------- first rows

insert into tallystick.tenants (tenant_id, name, slug, currency, tier_name, created_at)
values ('01900000-0000-7000-8000-000000000001', 'Operator', 'operator', 'USD', 'enterprise', '2024-06-09T16:25:30.304Z');

insert into tallystick.subscription_tiers (tenant_id, tier_id, tier_name, title, may_have_child_tenants, created_at)
select '01900000-0000-7000-8000-000000000001', tier_id::uuid, tier_name, title, children, '2024-06-09T16:25:30.304Z'
from (values
  ('01900000-0000-7000-8000-000000000011', 'free', 'Free', false),
  ('01900000-0000-7000-8000-000000000012', 'starter', 'Starter', false),
  ('01900000-0000-7000-8000-000000000013', 'professional', 'Professional', false),
  ('01900000-0000-7000-8000-000000000014', 'enterprise', 'Enterprise', false),
  ('01900000-0000-7000-8000-000000000015', 'agency', 'Agency', true),
  ('01900000-0000-7000-8000-000000000016', 'white_label', 'White-Label', true)
) as tier (tier_id, tier_name, title, children);

insert into tallystick.ai_token_features (tenant_id, feature_type, title, created_at)
select '01900000-0000-7000-8000-000000000001', feature_type, title, '2024-06-09T16:25:30.304Z'
from (values
  ('content_generation', 'Content generation'),
  ('ad_generation', 'Ad generation'),
  ('advanced_analytics', 'Advanced analytics'),
  ('transcript_analysis', 'Transcript analysis')
) as feature (feature_type, title);
