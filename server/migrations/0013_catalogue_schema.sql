-- Tiers as versions: what they cost, what they include and which features they have.

-- A row is one version of a tier and never changes: who is on it stays on it until moved.
alter table tallystick.subscription_tiers
  add column version integer not null default 1 check (version >= 1),
  add column description text not null default '' check (char_length(description) <= 500),
  -- {"USD": {"month": 2900, "year": 29000}} in minor units. A currency or interval without a price is not sold.
  add column prices jsonb not null default '{}' check (jsonb_typeof(prices) = 'object'),
  -- {"podcasts": {"kind": "static", "limit": 3}}; null is no limit.
  add column features jsonb not null default '{}' check (jsonb_typeof(features) = 'object'),
  -- AI tokens granted in each billing period; null where it includes as many as anybody needs.
  add column included_ai_tokens bigint default 0 check (included_ai_tokens between 0 and 9007199254740991),
  -- How many billing periods longer than their own the included tokens last; null for ever.
  add column token_rollover_periods integer default 0 check (token_rollover_periods between 0 and 1200),
  -- {"USD": {price model}} for calls beyond the included ones; without one of its currency the platform's price holds.
  add column api_call_prices jsonb not null default '{}' check (jsonb_typeof(api_call_prices) = 'object'),
  add column archived boolean not null default false,
  drop constraint subscription_tiers_pkey,
  drop constraint subscription_tiers_tenant_id_tier_name_key,
  add primary key (tenant_id, tier_id, version),
  add unique (tenant_id, tier_name, version);

update tallystick.subscription_tiers t
set description = shipped.description, included_ai_tokens = shipped.tokens, token_rollover_periods = shipped.rollover,
  prices = case when shipped.usd_month is null then '{}'::jsonb
    when shipped.usd_month = 0 then '{"USD": {"month": 0}, "EUR": {"month": 0}, "GBP": {"month": 0}, "JPY": {"month": 0}}'::jsonb
    else jsonb_build_object('USD', jsonb_build_object('month', shipped.usd_month, 'year', shipped.usd_month * 10),
      'EUR', jsonb_build_object('month', shipped.usd_month, 'year', shipped.usd_month * 10),
      'GBP', jsonb_build_object('month', shipped.gbp_month, 'year', shipped.gbp_month * 10),
      'JPY', jsonb_build_object('month', shipped.jpy_month, 'year', shipped.jpy_month * 10)) end,
  features = jsonb_build_object('podcasts', jsonb_build_object('kind', 'static', 'limit', shipped.podcasts),
    'episodes_per_month', jsonb_build_object('kind', 'metered', 'limit', shipped.episodes),
    'users', jsonb_build_object('kind', 'static', 'limit', shipped.users),
    'advanced_analytics', jsonb_build_object('kind', 'boolean', 'enabled', shipped.analytics),
    'white_label', jsonb_build_object('kind', 'boolean', 'enabled', shipped.white_label))
from (values
  ('free', 'To try it out', 0, 0, 0, 0, 0, 1, 4, 1, false, false),
  ('starter', 'For one show that grows', 2900, 2500, 4400, 10000, 0, 3, 30, 3, false, false),
  ('professional', 'For a studio', 9900, 8500, 14800, 100000, 1, 10, 200, 10, true, false),
  ('enterprise', 'Without limits, at a price of your own', null, null, null, null, 0, null, null, null, true, true),
  ('agency', 'For who manages studios', 29900, 25500, 44800, 500000, 1, 50, 1000, 50, true, false),
  ('white_label', 'Under your own brand', 49900, 42500, 74800, 1000000, 1, 100, 2000, 100, true, true)
) as shipped (tier_name, description, usd_month, gbp_month, jpy_month, tokens, rollover, podcasts, episodes, users,
  analytics, white_label)
where t.tenant_id = '01900000-0000-7000-8000-000000000001' and t.tier_name = shipped.tier_name;

-- Which version of whose tier a tenant is on, beside its name. Everybody before this was on the platform's first.
alter table tallystick.tenants
  add column tier_owner_id uuid not null default '01900000-0000-7000-8000-000000000001' references tallystick.tenants (tenant_id),
  add column tier_version integer not null default 1 check (tier_version >= 1);
update tallystick.tenants t set tier_owner_id = s.tenant_id
from tallystick.subscription_tiers s where s.tenant_id = t.parent_tenant_id and s.tier_name = t.tier_name;
