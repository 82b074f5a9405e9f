-- Use of metered features: each use, and what a billing period has of each feature.

-- What a use was beyond its limit is decided when it is recorded, by the version of the tier that the tenant was on then.
create table tallystick.feature_usage (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  feature_usage_id uuid not null,
  feature text collate "C" not null check (feature ~ '^[a-z][a-z0-9_]{0,62}$'),
  period_id uuid not null,
  quantity bigint not null check (quantity between 1 and 2147483647),
  overage_quantity bigint not null check (overage_quantity between 0 and quantity),
  request_id text not null check (char_length(request_id) between 1 and 255),
  tier_owner_id uuid not null,
  tier_name text not null,
  tier_version integer not null,
  -- As the host says; a use of a closed period stands in the one that was open, and keeps its time.
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, feature_usage_id),
  foreign key (tenant_id, period_id) references tallystick.billing_periods (tenant_id, period_id)
);
create index feature_usage_by_period on tallystick.feature_usage (tenant_id, period_id, feature);

-- The sums of feature_usage. The row is the lock under which a limit is kept. The tier is the one that what lies beyond
-- the limit is rated by: that of the last use which went beyond.
create table tallystick.feature_usage_periods (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  period_id uuid not null,
  feature text collate "C" not null,
  used bigint not null check (used between 1 and 9007199254740991),
  overage_quantity bigint not null check (overage_quantity between 0 and used),
  tier_owner_id uuid,
  tier_name text,
  tier_version integer,
  primary key (tenant_id, period_id, feature),
  foreign key (tenant_id, period_id) references tallystick.billing_periods (tenant_id, period_id),
  check (num_nulls(tier_owner_id, tier_name, tier_version) = case when overage_quantity = 0 then 3 else 0 end)
) with (fillfactor = 50);
