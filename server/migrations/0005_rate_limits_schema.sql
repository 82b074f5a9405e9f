-- Rate limits: what a tier allows a minute, and policies beside it.

-- How many calls a minute a tier's tenants may make; null for no such limit.
alter table tallystick.subscription_tiers add column calls_per_minute integer
  check (calls_per_minute between 1 and 1000000);
update tallystick.subscription_tiers t set calls_per_minute = shipped.calls
from (values ('free', 600), ('starter', 1200), ('professional', 3000), ('enterprise', 12000), ('agency', 6000),
  ('white_label', 6000)) as shipped (tier_name, calls)
where t.tenant_id = '01900000-0000-7000-8000-000000000001' and t.tier_name = shipped.tier_name;

-- A tenant's own policies. The root's are everybody's.
create table tallystick.rate_limit_policies (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  name text collate "C" not null check (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
  "limit" integer not null check ("limit" between 1 and 1000000),
  window_seconds integer not null check (window_seconds between 1 and 2678400),
  cost integer not null check (cost between 1 and "limit"),
  endpoint text check (char_length(endpoint) between 1 and 255),
  api_key_id uuid,
  on_store_failure text not null check (on_store_failure in ('open', 'closed', 'local')),
  set_by_operator boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, name),
  foreign key (tenant_id, api_key_id) references tallystick.api_keys (tenant_id, api_key_id)
);
