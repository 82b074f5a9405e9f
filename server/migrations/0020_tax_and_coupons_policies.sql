-- Row-level security, grants and revokes for 0019.

do $$
declare name text;
begin
  foreach name in array array['billing_details', 'tax_rates', 'coupons', 'coupon_redemptions']
  loop
    execute format('alter table tallystick.%I enable row level security', name);
    execute format('alter table tallystick.%I force row level security', name);
    execute format('create policy owner_all on tallystick.%I to current_user using (true) with check (true)', name);
    execute format('revoke all on tallystick.%I from public', name);
    execute format('create policy app_own on tallystick.%I to tallystick_app
      using (tenant_id = tallystick.current_tenant_id()) with check (tenant_id = tallystick.current_tenant_id())', name);
    execute format('grant select, insert on tallystick.%I to tallystick_app', name);
    execute format('create policy job_read on tallystick.%I for select to tallystick_job using (true)', name);
    execute format('grant select on tallystick.%I to tallystick_job', name);
  end loop;
end $$;

-- An invoice shows who sells and takes its seller's tax, so a tenant reads these of its seller. Coupons it does not: who
-- reads them knows every code.
create policy app_read_seller on tallystick.billing_details for select to tallystick_app
  using (tenant_id =
    (select parent_tenant_id from tallystick.tenants where tenant_id = tallystick.current_tenant_id()));
create policy app_read_seller on tallystick.tax_rates for select to tallystick_app
  using (tenant_id =
    (select parent_tenant_id from tallystick.tenants where tenant_id = tallystick.current_tenant_id()));

grant update (legal_name, email, address_line1, address_line2, city, postal_code, region, country, tax_id, tax_exempt,
  tax_behavior, sales_tax_behavior, time_zone, updated_at) on tallystick.billing_details to tallystick_app;
grant update (valid_to), delete on tallystick.tax_rates to tallystick_app;
grant update (active, redemptions, updated_at) on tallystick.coupons to tallystick_app;
grant update (used_count, ended_at) on tallystick.coupon_redemptions to tallystick_app;
