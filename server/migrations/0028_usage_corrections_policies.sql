-- Row-level security, grants and revokes for 0027.

alter table tallystick.api_usage_corrections enable row level security, force row level security;
create policy owner_all on tallystick.api_usage_corrections to current_user using (true) with check (true);
revoke all on tallystick.api_usage_corrections from public;

-- Written once; which period billed it is filled in once more.
create policy app_own on tallystick.api_usage_corrections to tallystick_app
  using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id());
grant select, insert, update (billed_period_id) on tallystick.api_usage_corrections to tallystick_app;

create policy job_read on tallystick.api_usage_corrections for select to tallystick_job using (true);
grant select on tallystick.api_usage_corrections to tallystick_job;

grant update (rated_tier_owner_id, rated_tier_name, rated_tier_version, rated_price_cents_per_1k)
  on tallystick.billing_periods to tallystick_app;
