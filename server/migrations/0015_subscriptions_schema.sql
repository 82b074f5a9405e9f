-- Subscriptions and their phases, billing cycles, invoices with their lines, and what time recognises of them.

-- ---------------------------------------------------------------------------------------------- cycles and subscriptions

-- Where a tenant's billing periods come from: months from the anchor in a time zone. Without a row they are calendar
-- months in UTC.
create table tallystick.billing_cycles (
  tenant_id uuid primary key references tallystick.tenants (tenant_id),
  anchor_at timestamptz not null,
  time_zone text not null check (char_length(time_zone) between 1 and 64),
  created_at timestamptz not null
);

-- What an open period includes where that is not its tier's plain allowance, as after a change in its middle; and, of a
-- closed one, how many successful calls invoices have rated so far.
alter table tallystick.billing_periods
  add column allowance_calls bigint check (allowance_calls >= 0),
  add column rated_calls bigint check (rated_calls >= 0);

-- Which tier a period is rated by, where its tenant has moved on between its end and its closing; else the tenant's.
alter table tallystick.billing_periods
  add column tier_owner_id uuid,
  add column tier_name text,
  add column tier_version integer,
  add check (num_nulls(tier_owner_id, tier_name, tier_version) in (0, 3));

-- status: trialing and active use the tier; past_due still does while payment is retried; paused and suspended do not.
-- pending waits for its first payment; a failed one never began.
create table tallystick.subscriptions (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  subscription_id uuid not null,
  tier_owner_id uuid not null,
  tier_name text not null,
  tier_version integer not null,
  "interval" text not null check ("interval" in ('month', 'year')),
  price_cents bigint not null check (price_cents >= 0),
  custom_price boolean not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- The grants of the tokens that the present billing period includes.
  included_grant_ids uuid[] not null default '{}',
  status text not null check (status in ('pending', 'trialing', 'active', 'past_due', 'paused', 'suspended', 'cancelled', 'failed')),
  anchor_at timestamptz not null,
  time_zone text not null,
  trial_ends_at timestamptz,
  current_period_start timestamptz not null,
  current_period_end timestamptz not null,
  -- When a month of the cycle, or what is paid for, is over next: what renews it goes by this and not by when it runs.
  next_cycle_at timestamptz not null,
  -- What happens at the end of the period: another tier, or the end.
  next_tier_owner_id uuid,
  next_tier_name text,
  next_tier_version integer,
  next_price_cents bigint check (next_price_cents >= 0),
  cancel_at_period_end boolean not null default false,
  -- A start or a change that waits for the payment of its invoice.
  pending_invoice_id uuid,
  pending_at timestamptz,
  pending_tier_owner_id uuid,
  pending_tier_name text,
  pending_tier_version integer,
  pending_price_cents bigint check (pending_price_cents >= 0),
  started_at timestamptz not null,
  paused_at timestamptz,
  ended_at timestamptz,
  end_reason text check (char_length(end_reason) <= 500),
  created_at timestamptz not null,
  primary key (tenant_id, subscription_id),
  check (current_period_start < current_period_end),
  check (num_nulls(next_tier_owner_id, next_tier_name, next_tier_version, next_price_cents) in (0, 4)),
  check (num_nulls(pending_invoice_id, pending_at, pending_tier_owner_id, pending_tier_name, pending_tier_version,
    pending_price_cents) in (0, 6)),
  check ((status in ('cancelled', 'failed')) = (ended_at is not null))
);
-- A tenant has one subscription at a time.
create unique index subscriptions_one_at_a_time on tallystick.subscriptions (tenant_id)
  where status not in ('cancelled', 'failed');
create index subscriptions_by_time on tallystick.subscriptions (tenant_id, created_at desc, subscription_id desc);

-- Which terms held when: the record that movements of recurring revenue and prorated allowances follow from. A phase
-- ends where the next begins. paid is false in a trial or a pause.
create table tallystick.subscription_phases (
  tenant_id uuid not null,
  subscription_id uuid not null,
  starts_at timestamptz not null,
  phase_no integer not null check (phase_no >= 1),
  ends_at timestamptz,
  tier_owner_id uuid not null,
  tier_name text not null,
  tier_version integer not null,
  "interval" text not null check ("interval" in ('month', 'year')),
  price_cents bigint not null check (price_cents >= 0),
  currency text not null,
  paid boolean not null,
  reason text not null check (reason in ('trial', 'start', 'change', 'pause', 'resume', 'renewal', 'end')),
  primary key (tenant_id, subscription_id, phase_no),
  foreign key (tenant_id, subscription_id) references tallystick.subscriptions (tenant_id, subscription_id),
  check (ends_at is null or ends_at >= starts_at)
);
create index subscription_phases_by_time on tallystick.subscription_phases (tenant_id, starts_at);

-- ---------------------------------------------------------------------------------------------- invoices

-- total_cents = subtotal - discount + tax, or without tax where that is in the prices. A total below zero becomes customer credit. Amounts are in the minor unit of
-- currency; details has the seller and the buyer as they were when it was finalized.
create table tallystick.invoices (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  invoice_id uuid not null,
  seller_id uuid not null,
  kind text not null check (kind in ('invoice', 'credit_note')),
  reason text not null check (reason in ('subscription_start', 'subscription_change', 'subscription_cycle', 'usage', 'refund', 'manual')),
  status text not null check (status in ('draft', 'finalized', 'paid', 'void', 'uncollectible')),
  number text,
  subscription_id uuid,
  period_id uuid,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  period_start timestamptz not null,
  period_end timestamptz not null,
  subtotal_cents bigint not null default 0,
  discount_cents bigint not null default 0 check (discount_cents >= 0),
  tax_behavior text not null default 'exclusive' check (tax_behavior in ('exclusive', 'inclusive')),
  tax_cents bigint not null default 0,
  total_cents bigint not null default 0,
  credit_applied_cents bigint not null default 0 check (credit_applied_cents >= 0),
  amount_due_cents bigint not null default 0 check (amount_due_cents >= 0),
  amount_paid_cents bigint not null default 0 check (amount_paid_cents >= 0),
  amount_refunded_cents bigint not null default 0 check (amount_refunded_cents >= 0),
  details jsonb,
  corrects_invoice_id uuid,
  payment_attempts integer not null default 0 check (payment_attempts >= 0),
  next_payment_at timestamptz,
  last_payment_error text,
  created_at timestamptz not null,
  finalized_at timestamptz,
  due_at timestamptz,
  paid_at timestamptz,
  ended_at timestamptz,
  primary key (tenant_id, invoice_id),
  check (total_cents = subtotal_cents - discount_cents + case tax_behavior when 'exclusive' then tax_cents else 0 end),
  check (amount_due_cents = greatest(total_cents, 0) - credit_applied_cents),
  check (amount_paid_cents in (0, amount_due_cents)),
  check (amount_refunded_cents <= amount_paid_cents + credit_applied_cents),
  check ((status = 'draft') = (finalized_at is null)),
  check ((status = 'paid') = (paid_at is not null))
);
create index invoices_by_time on tallystick.invoices (tenant_id, created_at desc, invoice_id desc);
create index invoices_by_period on tallystick.invoices (tenant_id, subscription_id, period_start);
-- One cycle is billed once.
create unique index invoices_one_a_cycle on tallystick.invoices (tenant_id, subscription_id, period_start)
  where reason = 'subscription_cycle' and kind = 'invoice';
create index invoices_without_number on tallystick.invoices (seller_id, finalized_at, invoice_id)
  where number is null and finalized_at is not null;

-- A line is rounded once. amount_cents is what it adds to the subtotal. explanation says how it came about.
create table tallystick.invoice_lines (
  tenant_id uuid not null,
  invoice_id uuid not null,
  line_no integer not null check (line_no >= 1),
  kind text not null check (kind in ('subscription', 'proration', 'api_calls', 'feature', 'token_shortfall', 'adjustment', 'manual', 'refund')),
  description text not null check (char_length(description) between 1 and 500),
  quantity numeric not null,
  amount_cents bigint not null,
  discount_cents bigint not null default 0 check (discount_cents >= 0),
  tax_rate_percent numeric not null default 0 check (tax_rate_percent between 0 and 100),
  tax_name text,
  tax_cents bigint not null default 0,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- Whether it is earned over its time rather than at once.
  deferred boolean not null,
  -- What it is about, once: the period of usage, the phase of a fee. Together with kind it is billed once.
  source_key text not null,
  explanation jsonb not null default '{}',
  primary key (tenant_id, invoice_id, line_no),
  foreign key (tenant_id, invoice_id) references tallystick.invoices (tenant_id, invoice_id),
  check (starts_at <= ends_at)
);

-- Each thing is billed once: a void invoice gives its sources back.
create table tallystick.billed_sources (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  source_key text collate "C" not null,
  invoice_id uuid not null,
  created_at timestamptz not null,
  primary key (tenant_id, source_key)
);

-- A seller's numbers have no gap: the row is the lock, and numbers are given in the order of finalizing.
create table tallystick.invoice_numbers (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  series text not null check (series in ('invoice', 'credit_note')),
  prefix text not null check (prefix ~ '^[A-Z0-9-]{1,20}$'),
  next_number bigint not null check (next_number >= 1),
  primary key (tenant_id, series)
);

-- What of a finalized line is earned with time: half_even(amount x elapsed / whole), cumulatively. Amounts may be negative.
create table tallystick.revenue_schedules (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  invoice_id uuid not null,
  line_no integer not null,
  currency text not null,
  amount_cents bigint not null,
  recognised_cents bigint not null default 0,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  done boolean not null default false,
  primary key (tenant_id, invoice_id, line_no),
  check (abs(recognised_cents) <= abs(amount_cents))
);
create index revenue_schedules_open on tallystick.revenue_schedules (tenant_id) where not done;

-- What a tenant has to its credit for next invoices: the balance of its account customer_credit.
create table tallystick.customer_credits (
  tenant_id uuid primary key references tallystick.tenants (tenant_id),
  credit_cents bigint not null check (credit_cents >= 0)
);

-- ---------------------------------------------------------------------------------------------- the journal's new types

alter table tallystick.billing_transactions drop constraint billing_transactions_type_check;
alter table tallystick.billing_transactions add constraint billing_transactions_type_check
  check (type in ('token_purchase', 'token_grant', 'token_expiry', 'refund', 'invoice', 'invoice_payment', 'invoice_void',
    'write_off', 'revenue_recognition', 'customer_credit', 'dispute', 'invoice_refund'));
alter table tallystick.billing_transactions add column invoice_id uuid;
create index billing_transactions_by_invoice on tallystick.billing_transactions (tenant_id, invoice_id)
  where invoice_id is not null;
-- Whoever pays an invoice that is being paid joins that payment.
create unique index billing_transactions_one_payment on tallystick.billing_transactions (tenant_id, invoice_id)
  where type = 'invoice_payment' and status = 'pending';

-- The books that are open get the new accounts too.
insert into tallystick.accounts (tenant_id, account, asset, created_at)
select a.tenant_id, new.account, a.asset, a.created_at
from tallystick.accounts a
  cross join (values ('receivable'), ('written_off'), ('deferred_fees'), ('tax_payable'), ('customer_credit')) as new (account)
where a.account = 'cash'
on conflict do nothing;
