-- Billing periods; API usage with its dedupe keys, rollups and seals; partitions made ahead.

-- What a tier includes of API calls in a billing period; null where it includes all.
alter table tallystick.subscription_tiers add column included_api_calls bigint check (included_api_calls >= 0);
update tallystick.subscription_tiers t set included_api_calls = shipped.calls
from (values ('free', 1000), ('starter', 10000), ('professional', 100000), ('agency', 500000), ('white_label', 1000000))
  as shipped (tier_name, calls)
where t.tenant_id = '01900000-0000-7000-8000-000000000001' and t.tier_name = shipped.tier_name;

-- A period may start at any second. Who records usage holds its row FOR SHARE, who closes it FOR UPDATE: so nothing is
-- added to a closed period. included_calls is what the tier included when it was closed; null means all.
create table tallystick.billing_periods (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  period_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  status text not null check (status in ('open', 'closed')),
  included_calls bigint check (included_calls >= 0),
  closed_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, period_id),
  unique (tenant_id, starts_at),
  check (starts_at < ends_at),
  check ((status = 'closed') = (closed_at is not null)),
  check (status = 'closed' or included_calls is null)
);

-- ---------------------------------------------------------------------------------------------- API usage

-- One finished call. A call that is not counted (an operator's, a settlement's) is recorded and in no rollup.
create table tallystick.api_usage (
  tenant_id uuid not null,
  occurred_at timestamptz not null,
  api_usage_id uuid not null,
  source text not null,
  id text not null,
  period_id uuid not null,
  endpoint text not null check (char_length(endpoint) between 1 and 255),
  method text not null,
  status_code smallint not null check (status_code between 100 and 599),
  response_time_ms numeric(11, 3) not null check (response_time_ms >= 0),
  api_key_id uuid,
  counted boolean not null,
  metadata jsonb,
  recorded_at timestamptz not null,
  primary key (tenant_id, occurred_at, api_usage_id)
) partition by range (occurred_at);
create table tallystick.api_usage_default partition of tallystick.api_usage default;

-- An event is itself by its source and id alone: a retry with another time is the same event.
create table tallystick.api_usage_keys (
  tenant_id uuid not null,
  source text collate "C" not null,
  id text collate "C" not null check (char_length(id) between 1 and 255),
  recorded_at timestamptz not null,
  primary key (tenant_id, source, id)
);
-- Written in the order of time, so a block range index finds the old ones at next to no cost.
create index api_usage_keys_by_age on tallystick.api_usage_keys using brin (recorded_at);

-- Rollups: by hour with latency, and by day of what was called. All add up, also over periods.
create table tallystick.api_usage_hours (
  tenant_id uuid not null,
  hour timestamptz not null,
  period_id uuid not null,
  total_calls bigint not null check (total_calls > 0),
  successful_calls bigint not null check (successful_calls between 0 and total_calls),
  response_time_ms_total numeric not null check (response_time_ms_total >= 0),
  response_time_ms_max numeric(11, 3) not null,
  primary key (tenant_id, hour, period_id),
  foreign key (tenant_id, period_id) references tallystick.billing_periods (tenant_id, period_id)
) with (fillfactor = 50);
create index api_usage_hours_by_period on tallystick.api_usage_hours (tenant_id, period_id, hour);

create table tallystick.api_usage_latencies (
  tenant_id uuid not null,
  hour timestamptz not null,
  period_id uuid not null,
  bucket smallint not null check (bucket >= 0),
  total_calls bigint not null check (total_calls > 0),
  primary key (tenant_id, hour, period_id, bucket),
  foreign key (tenant_id, period_id) references tallystick.billing_periods (tenant_id, period_id)
) with (fillfactor = 50);

-- api_key_id is the nil UUID where a call had no key, because a part of a primary key is never null.
create table tallystick.api_usage_days (
  tenant_id uuid not null,
  day date not null,
  period_id uuid not null,
  endpoint text not null,
  method text not null,
  status_code smallint not null,
  api_key_id uuid not null,
  total_calls bigint not null check (total_calls > 0),
  response_time_ms_total numeric not null check (response_time_ms_total >= 0),
  primary key (tenant_id, day, endpoint, method, status_code, api_key_id, period_id),
  foreign key (tenant_id, period_id) references tallystick.billing_periods (tenant_id, period_id)
) with (fillfactor = 50);

-- What stands in for the calls of a month once they may be deleted: how many there were, and a checksum of their rollups.
create table tallystick.api_usage_seals (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  month date not null check (extract(day from month) = 1),
  total_calls bigint not null check (total_calls >= 0),
  checksum text not null check (checksum ~ '^[0-9a-f]{64}$'),
  sealed_at timestamptz not null,
  primary key (tenant_id, month)
);

-- SHA-256 over the rollups of a month, row by row in the order of their keys.
create function tallystick.api_usage_checksum(tenant uuid, month date) returns text language sql stable as $$
  select encode(sha256(convert_to(coalesce(string_agg(line, E'\n' order by line collate "C"), ''), 'UTF8')), 'hex')
  from (
    select concat_ws('|', 'hour', extract(epoch from hour), period_id, total_calls, successful_calls,
      trim_scale(response_time_ms_total), trim_scale(response_time_ms_max))
    from tallystick.api_usage_hours where tenant_id = tenant
      and hour >= month::timestamp at time zone 'UTC' and hour < (month + interval '1 month') at time zone 'UTC'
    union all
    select concat_ws('|', 'latency', extract(epoch from hour), period_id, bucket, total_calls)
    from tallystick.api_usage_latencies where tenant_id = tenant
      and hour >= month::timestamp at time zone 'UTC' and hour < (month + interval '1 month') at time zone 'UTC'
    union all
    select concat_ws('|', 'day', day, period_id, endpoint, method, status_code, api_key_id, total_calls,
      trim_scale(response_time_ms_total))
    from tallystick.api_usage_days where tenant_id = tenant and day >= month and day < month + interval '1 month'
  ) as rollup (line)
$$;

-- ---------------------------------------------------------------------------------------------- partitions

-- Makes the partition of a month (UTC) of a table that is partitioned by time, closed to every role but the owner.
-- False where it is there, or where the default partition holds rows of that month already: those stay there.
create function tallystick.make_month_partition(parent text, month date) returns boolean language plpgsql as $$
declare
  partition text := parent || to_char(month, '_YYYYMM');
  from_time timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
  to_time timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
begin
  if to_regclass('tallystick.' || partition) is not null then
    return false;
  end if;
  begin
    execute format('create table tallystick.%I partition of tallystick.%I for values from (%L) to (%L)',
      partition, parent, from_time, to_time);
  exception when check_violation then
    return false;
  end;
  execute format('alter table tallystick.%I enable row level security, force row level security', partition);
  execute format('create policy owner_all on tallystick.%I to current_user using (true) with check (true)', partition);
  execute format('revoke all on tallystick.%I from public', partition);
  return true;
end $$;
revoke execute on function tallystick.make_month_partition(text, date) from public;
