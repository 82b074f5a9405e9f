-- Who is billed, which tax a seller takes, and what takes something off an invoice.

-- What an invoice says of a tenant, as its buyer or as its seller. Personal data, so it stands by itself and can be
-- erased while the invoices stay. A tenant without a row has said nothing.
create table tallystick.billing_details (
  tenant_id uuid primary key references tallystick.tenants (tenant_id),
  legal_name text check (char_length(legal_name) between 1 and 200),
  email text check (char_length(email) between 3 and 254),
  address_line1 text check (char_length(address_line1) between 1 and 200),
  address_line2 text check (char_length(address_line2) between 1 and 200),
  city text check (char_length(city) between 1 and 100),
  postal_code text check (char_length(postal_code) between 1 and 20),
  region text check (char_length(region) between 1 and 100),
  country text check (country ~ '^[A-Z]{2}$'),
  tax_id text check (char_length(tax_id) between 1 and 40),
  tax_exempt boolean not null,
  -- What was promised to it as a buyer, and what it does as a seller.
  tax_behavior text check (tax_behavior in ('exclusive', 'inclusive')),
  sales_tax_behavior text check (sales_tax_behavior in ('exclusive', 'inclusive')),
  time_zone text not null check (char_length(time_zone) between 1 and 64),
  updated_at timestamptz not null
);

-- The rates of a seller. What has begun only ever ends, so that a rate of the past is what it was.
create table tallystick.tax_rates (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  tax_rate_id uuid not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  region text check (char_length(region) between 1 and 100),
  rate_percent numeric(7, 4) not null check (rate_percent between 0 and 100),
  name text not null check (char_length(name) between 1 and 100),
  valid_from timestamptz not null,
  valid_to timestamptz check (valid_to > valid_from),
  created_at timestamptz not null,
  primary key (tenant_id, tax_rate_id),
  unique nulls not distinct (tenant_id, country, region, valid_from)
);
create index tax_rates_by_time on tallystick.tax_rates (tenant_id, created_at desc, tax_rate_id desc);

-- The coupons of a seller. redemptions counts the rows of its tenants, under this row's lock.
create table tallystick.coupons (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  coupon_id uuid not null,
  code text collate "C" not null check (code ~ '^[A-Z0-9][A-Z0-9_-]{1,49}$'),
  percent_off numeric(7, 4) check (percent_off > 0 and percent_off <= 100),
  amount_off_cents bigint check (amount_off_cents between 1 and 9007199254740991),
  currency text check (currency ~ '^[A-Z]{3}$'),
  duration text not null check (duration in ('once', 'repeating', 'forever')),
  duration_months integer check (duration_months between 1 and 120),
  max_redemptions bigint check (max_redemptions between 1 and 9007199254740991),
  redeem_by timestamptz,
  active boolean not null,
  redemptions bigint not null default 0 check (redemptions >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, coupon_id),
  unique (tenant_id, code),
  check ((percent_off is null) <> (amount_off_cents is null)),
  check ((currency is null) = (amount_off_cents is null)),
  check ((duration_months is not null) = (duration = 'repeating')),
  check (redemptions <= max_redemptions)
);
create index coupons_by_time on tallystick.coupons (tenant_id, created_at desc, coupon_id desc);

-- What a tenant redeemed: the terms as they were. One of each coupon, for ever.
create table tallystick.coupon_redemptions (
  tenant_id uuid not null references tallystick.tenants (tenant_id),
  coupon_redemption_id uuid not null,
  seller_id uuid not null,
  coupon_id uuid not null,
  code text collate "C" not null,
  percent_off numeric(7, 4) check (percent_off > 0 and percent_off <= 100),
  amount_off_cents bigint check (amount_off_cents between 1 and 9007199254740991),
  currency text check (currency ~ '^[A-Z]{3}$'),
  duration text not null check (duration in ('once', 'repeating', 'forever')),
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  used_count integer not null default 0 check (used_count >= 0),
  ended_at timestamptz,
  primary key (tenant_id, coupon_redemption_id),
  unique (tenant_id, seller_id, coupon_id),
  check ((percent_off is null) <> (amount_off_cents is null)),
  check ((currency is null) = (amount_off_cents is null)),
  check ((ends_at is not null) = (duration = 'repeating')),
  check (duration <> 'once' or used_count <= 1)
);
create index coupon_redemptions_by_time on tallystick.coupon_redemptions
  (tenant_id, starts_at desc, coupon_redemption_id desc);
