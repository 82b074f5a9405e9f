-- Corrections of API calls, and what a closed billing period was rated by.

-- Says that a recorded call counts otherwise than it was recorded: not at all (status_code_after is null) or with another
-- status. The call itself stays as it is; its last correction counts. What was called is kept here as well, so that a
-- correction can be read without its call.
create table tallystick.api_usage_corrections (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  correction_id uuid not null,
  source text collate "C" not null,
  id text collate "C" not null,
  -- From 1 on: a second correction of a call follows the first.
  sequence integer not null check (sequence >= 1),
  -- Of the call: the period whose calls it changes.
  period_id uuid not null,
  occurred_at timestamptz not null,
  endpoint text not null,
  method text not null,
  api_key_id uuid,
  response_time_ms numeric(11, 3) not null,
  status_code_before smallint check (status_code_before between 100 and 599),
  status_code_after smallint check (status_code_after between 100 and 599),
  reason text not null check (char_length(reason) between 1 and 500),
  corrected_by_api_key_id uuid,
  corrected_by_user_id text,
  created_at timestamptz not null,
  -- The period with whose bill it was taken into account; null until then.
  billed_period_id uuid,
  primary key (tenant_id, correction_id),
  unique (tenant_id, source, id, sequence),
  foreign key (tenant_id, period_id) references tallystick.billing_periods (tenant_id, period_id),
  foreign key (tenant_id, billed_period_id) references tallystick.billing_periods (tenant_id, period_id),
  check (status_code_before is distinct from status_code_after),
  check (sequence > 1 or status_code_before is not null),
  check ((corrected_by_api_key_id is null) <> (corrected_by_user_id is null))
);
create index api_usage_corrections_by_time on tallystick.api_usage_corrections (tenant_id, created_at, correction_id);
create index api_usage_corrections_to_bill on tallystick.api_usage_corrections (tenant_id) where billed_period_id is null;

-- Rollups whose calls were all corrected away stay, with nothing in them.
alter table tallystick.api_usage_hours drop constraint api_usage_hours_total_calls_check,
  add constraint api_usage_hours_total_calls_check check (total_calls >= 0);
alter table tallystick.api_usage_latencies drop constraint api_usage_latencies_total_calls_check,
  add constraint api_usage_latencies_total_calls_check check (total_calls >= 0);
alter table tallystick.api_usage_days drop constraint api_usage_days_total_calls_check,
  add constraint api_usage_days_total_calls_check check (total_calls >= 0);

-- What the calls of a closed period were rated by, so that they can be rated again: the version of the tier, and what
-- 1,000 calls cost in minor units where the tier has no price of its own. rated_calls are the calls that lines have been
-- made for; it follows later corrections when they are billed.
alter table tallystick.billing_periods
  add column rated_tier_owner_id uuid,
  add column rated_tier_name text,
  add column rated_tier_version integer,
  add column rated_price_cents_per_1k numeric check (rated_price_cents_per_1k >= 0),
  add constraint billing_periods_rating_check check (
    num_nulls(rated_tier_owner_id, rated_tier_name, rated_tier_version, rated_price_cents_per_1k) in (0, 4)
    and (rated_tier_owner_id is null or (status = 'closed' and rated_calls is not null)));
